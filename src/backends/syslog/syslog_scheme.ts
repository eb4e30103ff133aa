import type { Backend } from "../../backend.ts";
import { formatterOf } from "../../format/formatter.ts";
import type { Network } from "../../network.ts";
import { addScheme, type Scheme, type SchemeContext } from "../scheme.ts";
import { SyslogDatagramBackend } from "./datagram_backend.ts";
import { SyslogStreamBackend } from "./stream_backend.ts";
import { SyslogEnvelope, VISIBLE_TEXT } from "./syslog_envelope.ts";
import type { SyslogSettings } from "./syslog_settings.ts";
import { syslogSettings } from "./syslog_uri.ts";

/** `syslog+udp:`, `syslog+tcp:`, `syslog+tls:` and `syslog+unix:`. */
function scheme(options: readonly string[]): Scheme {
  return {
    options,
    plan(uri, destination, context) {
      const settings = syslogSettings(uri, destination, context);
      return {
        backend: () => makeBackend(settings, context),
        ...settings.header.isTextOnly ? { format: formatterOf(VISIBLE_TEXT) } : {},
        envelope: new SyslogEnvelope(settings.header),
      };
    },
  };
}

function makeBackend(
  { header: { maxBytes }, target }: SyslogSettings,
  { runtime, onError }: SchemeContext,
): Backend {
  const network = runtime.network as Network;
  switch (target.kind) {
    case "stream":
      return new SyslogStreamBackend(runtime, { ...target, network, maxBytes, onError });
    case "udp":
      return new SyslogDatagramBackend(runtime, {
        open: (onRefusal) => network.openUdp(target.to, { onError: onRefusal }),
        maxBytes,
        isReliable: false,
      });
    case "unix":
      return new SyslogDatagramBackend(runtime, {
        open: () => network.openUnixDatagrams(target.path),
        maxBytes,
        isReliable: true,
      });
  }
}

/** Adds the schemes of syslog. */
export function addSyslogSchemes(): void {
  addScheme(["syslog+udp", "syslog+tcp", "syslog+unix"], scheme([]));
  addScheme(["syslog+tls"], scheme(["tls"]));
}
