/**
 * Where the library does not keep its promise yet, so that the simulation looks away. Each is `false` once the library
 * does, and then goes.
 *
 * @module
 */

/** A flush succeeds although lines, which have landed before it, could not be brought to the disk. */
export const FLUSH_FORGETS_FAILED_SYNC: boolean = true;

/** A log call that waits for room does not end when the write in the background fails, is short, or is cut away. */
export const WAITS_OUTLAST_FAILURES: boolean = true;

/** Retention counts the log twice where it is rotated between two looks of it. */
export const LOG_COUNTS_TWICE: boolean = true;

/** No notice of drops is written at the end when the last write has failed after all its lines had landed. */
export const LATE_FAILURE_HIDES_DROPS: boolean = true;

/** A process without `rotate` does not register if the log is just being rotated when its first write has ended. */
export const ROTATION_HIDES_WRITERS: boolean = true;
