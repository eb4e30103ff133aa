import { formatterOf } from "../../format/formatter.ts";
import type { Network } from "../../network.ts";
import { show } from "../../validate.ts";
import { addScheme, type Scheme } from "../scheme.ts";
import { SyslogDatagramBackend } from "../syslog/datagram_backend.ts";
import { unixPathProblem } from "../syslog/unix_path.ts";
import { entryOf, shortEntryOf } from "./journal_entry.ts";
import { JournalEnvelope, MESSAGE_TEXT } from "./journal_envelope.ts";

/** Where journald listens. */
const SOCKET = "/run/systemd/journal/socket";

const scheme: Scheme = {
  options: [],
  plan(uri, _options, { runtime, where }) {
    const at = `${where}.uri`;
    const refuse = (reason: string) => new RangeError(`Cannot use option "${at}": ${reason}`);
    let url: URL;
    try {
      url = new URL(uri);
    } catch {
      throw new TypeError(`Cannot use option "${at}": ${show(uri)} is not a valid URI`);
    }
    for (const name of url.searchParams.keys()) {
      if (name !== "identifier") throw refuse(`there is no parameter ${show(name)}; known is identifier`);
    }
    if (url.searchParams.getAll("identifier").length > 1) throw refuse("identifier stands there twice");
    if (url.host !== "") throw refuse(`a socket has no host; write "journald:/${url.host}${url.pathname}"`);
    if (url.hash !== "") throw refuse("it has a fragment");
    let path: string;
    try {
      path = url.pathname === "" ? SOCKET : decodeURIComponent(url.pathname);
    } catch {
      throw refuse(`${show(url.pathname)} is not a valid path`);
    }
    if (!path.startsWith("/") || path.includes("\0")) {
      throw refuse(`${show(path)} is no path of a socket; "journald:" alone is ${SOCKET}`);
    }
    const identifier = url.searchParams.get("identifier") ?? undefined;
    if (identifier === "") throw refuse("identifier is empty");
    const { network } = runtime;
    const problem = network === undefined
      ? `this version of ${runtime.name} has no sockets`
      : unixPathProblem(network, path) ?? network.unixDatagramProblem();
    if (problem !== undefined) throw refuse(problem);
    return {
      backend: () =>
        new SyslogDatagramBackend(runtime, {
          open: () => (runtime.network as Network).openUnixDatagrams(path),
          maxBytes: Infinity,
          isReliable: true,
          message(line, limit) {
            const entry = limit === Infinity ? entryOf(line) : undefined;
            return entry === undefined
              ? { bytes: shortEntryOf(line, limit), isCut: true }
              : { bytes: entry, isCut: false };
          },
        }),
      format: formatterOf(MESSAGE_TEXT),
      envelope: new JournalEnvelope(identifier),
    };
  },
};

/** Adds the scheme of the journal. */
export function addJournaldScheme(): void {
  addScheme(["journald"], scheme);
}
