import { atCaller } from "../at_caller.ts";
import type { Duration } from "../destination_options.ts";
import { messageOf } from "../errors.ts";
import { BoundLogger, type Logger } from "../logger.ts";
import { type NamedLevels, setLevels } from "../named.ts";
import type { LoggerChanges } from "../options.ts";
import { errorCode, type FileInfo, isSameFile, type Runtime } from "../runtime.ts";
import { checkDuration, checkFunction, checkObject, checkText, show } from "../validate.ts";
import { Kept } from "./kept.ts";
import type { Settings, SettingsOptions } from "./settings.ts";
import { settingsOfText } from "./sources.ts";

/** A change of the settings that was carried out. */
export interface ConfigChange {
  /** All settings of the file. */
  readonly settings: Settings;
  /** Names of the settings that were changed. */
  readonly changed: readonly string[];
  /** Names of settings that are different in the file, but count only when the program is started again. */
  readonly ignored: readonly string[];
}

/** Options of `watchConfig`. */
export interface WatchConfigOptions {
  /** How often the file is looked at, at least every 10 milliseconds. @default "1s" */
  readonly interval?: Duration;
  /** Told of each change once it counts. */
  readonly onChange?: (change: ConfigChange) => void;
}

/** A file that is being followed. */
export interface ConfigWatch {
  /** Looks at the file now, whatever the time; returns whether anything was changed. What is wrong is reported. */
  check(): boolean;
  /** Stops following. The settings stay as they are. */
  stop(): void;
  /** The same as {@linkcode ConfigWatch.stop}, for `using`. */
  [Symbol.dispose](): void;
}

/** Follows a file with settings; see `watchConfig`. */
export type WatchConfig = (path: string, log: Logger, options?: WatchConfigOptions) => ConfigWatch;

const KEYS: ReadonlySet<string> = new Set(["interval", "onChange"]);

/**
 * A file may be written twice without its size or its time changing: the clock of a file system ticks every few
 * milliseconds, that of some only every two seconds. Until a file is older than this it is read again.
 */
const YOUNG = 3_000;

/**
 * Makes the `watchConfig` of a runtime.
 *
 * @example Following a file on a runtime of your own
 * ```ts
 * import { createLoggerFactory, createWatchConfig } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * const file = await Deno.makeTempFile();
 * await Deno.writeTextFile(file, '{ "level": "debug" }');
 * await using log = createLoggerFactory(denoRuntime)("stdout:");
 * createWatchConfig(denoRuntime)(file, log).stop();
 * if (log.level !== "debug") throw new Error(log.level);
 * ```
 */
export function createWatchConfig(runtime: () => Runtime): WatchConfig {
  const watchConfig: WatchConfig = (path, log, options = {}) => {
    try {
      checkText("path", path);
      checkObject("options", options, KEYS);
      const { interval = 1_000, onChange } = options;
      const own = runtime();
      return new FileWatch(own, {
        path: own.absolutePath(path),
        log,
        interval: checkDuration("interval", interval, 10),
        onChange: onChange === undefined ? undefined : checkFunction("onChange", onChange),
        report: (error) => BoundLogger.report(log, error),
      });
    } catch (error) {
      throw atCaller(watchConfig, error);
    }
  };
  return watchConfig;
}

interface Watched {
  readonly path: string;
  readonly log: Logger;
  readonly interval: number;
  readonly onChange: ((change: ConfigChange) => void) | undefined;
  readonly report: (error: Error) => void;
}

/** What is wrong with the file. */
interface Problem {
  /** The text of the file, or what kept it from being read: the same problem is reported once. */
  readonly key: string;
  readonly error: Error;
  isReported: boolean;
}

class FileWatch implements ConfigWatch {
  readonly #runtime: Runtime;
  readonly #watched: Watched;
  readonly #kept = new Kept();
  #timer: unknown;
  #isStopped = false;
  /** The file when it was read; `undefined` when it must be read again in any case. */
  #seen: FileInfo | undefined;
  #text: string | undefined;
  #settings: Settings | undefined;
  #problem: Problem | undefined;

  constructor(runtime: Runtime, watched: Watched) {
    this.#runtime = runtime;
    this.#watched = watched;
    this.#look({ isSure: true });
    this.#arm();
  }

  check(): boolean {
    return !this.#isStopped && this.#look({ isSure: true });
  }

  stop(): void {
    this.#isStopped = true;
    this.#runtime.clearTimer(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #arm(): void {
    this.#timer = this.#runtime.setTimer(() => {
      if (this.#isStopped) return;
      this.#look({ isSure: false });
      if (!this.#isStopped) this.#arm(); // `onChange` may have stopped it
    }, this.#watched.interval);
  }

  /**
   * Looks at the file and does what is due; returns whether settings were changed.
   *
   * @param isSure Whether what is wrong is reported at once. Otherwise a file that cannot be read may be one that is
   * being written, and gets until the next look.
   */
  #look({ isSure }: { readonly isSure: boolean }): boolean {
    const { path } = this.#watched;
    let text: string | undefined;
    try {
      text = this.#read();
    } catch (error) {
      const reason = errorCode(error) === "ENOENT" ? "there is no such file" : messageOf(error);
      const failure = new Error(`Cannot read settings ${show(path)}: ${reason}; those before it go on`, {
        cause: error,
      });
      this.#complain(`cannot be read: ${reason}`, failure, isSure);
      return false;
    }
    if (text === undefined || text === this.#problem?.key) {
      if (this.#problem !== undefined) this.#report(this.#problem);
      return false;
    }
    if (text === this.#text) {
      this.#problem = undefined;
      return false;
    }
    try {
      const { settings, options } = settingsOfText(this.#runtime, path, text, this.#kept);
      const change = this.#apply(settings, options);
      this.#text = text;
      this.#settings = settings;
      this.#problem = undefined;
      if (change.changed.length === 0 && change.ignored.length === 0) return false;
      this.#tell(change);
      return change.changed.length > 0;
    } catch (error) {
      // JSON that ends too early is what a file looks like that is being written; settings that are wrong are not.
      const isUnfinished = error instanceof SyntaxError && error.message.startsWith("Cannot read settings");
      this.#complain(text, error instanceof Error ? error : new Error(messageOf(error)), isSure || !isUnfinished);
      return false;
    }
  }

  /** The text of the file; `undefined` when it cannot have changed since it was read. */
  #read(): string | undefined {
    const { path } = this.#watched;
    const seen = this.#seen;
    const info = this.#runtime.calls.stat(path);
    if (
      seen !== undefined && isSameFile(seen, info) && seen.size === info?.size && seen.modifiedAt === info.modifiedAt
    ) {
      return undefined;
    }
    this.#seen = undefined;
    const text = this.#runtime.readText(path);
    // A link stays as it is when what it leads to is replaced, as Kubernetes does with its config maps.
    const isSettled = info?.kind === "file" && Math.abs(this.#runtime.now() - info.modifiedAt) > YOUNG;
    if (isSettled) this.#seen = info;
    return text;
  }

  /** Carries out what is different from the settings before. Throws, and has changed nothing, if something cannot be. */
  #apply(settings: Settings, options: SettingsOptions): ConfigChange {
    const { log, report } = this.#watched;
    const before = this.#settings ?? {};
    const different = Object.keys({ ...before, ...settings }).filter((key) =>
      JSON.stringify(before[key as keyof Settings]) !== JSON.stringify(settings[key as keyof Settings])
    );
    const changes: Record<string, unknown> = {};
    const changed: string[] = [];
    const ignored: string[] = [];
    for (const key of different) {
      if (LIVE.has(key)) changes[key] = options[key as keyof SettingsOptions] ?? LIVE.get(key);
      else if ((key === "destinations" || key === "format") && options.destinations !== undefined) {
        changes.destinations = options.destinations;
      } else {
        // What the file says in the beginning is what the logger was made with.
        if (this.#settings !== undefined) ignored.push(key);
        continue;
      }
      changed.push(key);
    }
    const { levels, ...rest } = changes;
    if (Object.keys(rest).length > 0) log.update(rest as LoggerChanges);
    if (levels !== undefined) {
      try {
        setLevels(levels as NamedLevels);
      } catch (error) {
        report(error as Error); // the logger is not the one that `configure` has made
      }
    }
    return { settings, changed, ignored };
  }

  #tell(change: ConfigChange): void {
    try {
      this.#watched.onChange?.(change);
    } catch (error) {
      this.#watched.report(new Error(`Cannot tell of a change of settings: ${messageOf(error)}`, { cause: error }));
    }
  }

  #complain(key: string, error: Error, isSure: boolean): void {
    if (this.#problem?.key !== key) this.#problem = { key, error, isReported: false };
    else isSure = true;
    if (isSure) this.#report(this.#problem);
  }

  #report(problem: Problem): void {
    if (problem.isReported) return;
    problem.isReported = true;
    this.#watched.report(problem.error);
  }
}

/** Settings that can be changed of a logger that runs, and what holds when the file no longer mentions them. */
const LIVE: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["level", "info"],
  ["levels", {}],
  ["filters", []],
  ["sampler", undefined],
  ["routes", []],
  ["redact", undefined],
]);
