/**
 * The journal of systemd, in its native protocol: each field of a record becomes a field of the entry. Importing this
 * module adds the scheme `journald:`.
 *
 * | URI | |
 * |---|---|
 * | `journald:` | the journal of the system, `/run/systemd/journal/socket` |
 * | `journald:/run/systemd/journal.audit/socket` | that of a namespace |
 * | `journald:?identifier=shop` | with `SYSLOG_IDENTIFIER=shop`, which `journalctl -t shop` selects |
 *
 * It takes a unix datagram socket: on Deno `--unstable-net` or `--allow-ffi`, on Node koffi or Node 26; where there is
 * none, `createLogger` throws and says what to do.
 *
 * | record | entry |
 * |---|---|
 * | text | `MESSAGE`, its line breaks kept; the line of another format if the destination has the option `format` |
 * | level | `PRIORITY`: fatal 2, error 3, warn 4, info 6, debug and trace 7 |
 * | time | `TIMESTAMP` |
 * | field `user_id`, `userId`, `user.id`, or `id` of an object `user` | `USER_ID` |
 * | a field of a name that the journal does not take, or has | the name with `FIELD_` in front |
 *
 * An entry that is longer than the socket takes (208 KiB on most systems) loses the ends of its longest values and gets a
 * field `LOG_TRUNCATED=1`. What journald has taken it has in its queue; it stores or drops it by its own rules.
 *
 * @example Log to the journal
 * ```ts
 * import { createLogger } from "@omni/log";
 * import "@omni/log/journald";
 *
 * await using log = createLogger({
 *   destinations: [{ uri: "journald:?identifier=shop", fallback: "stderr:" }],
 *   onError() {}, // no journal here
 * });
 * log.info("sold", { total: 120 }); // journalctl -t shop TOTAL=120
 * ```
 *
 * @module
 */
import { addJournaldScheme } from "./src/backends/journald/journald_scheme.ts";

addJournaldScheme();
