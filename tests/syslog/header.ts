import type { SyslogHeader } from "../../src/backends/syslog/syslog_settings.ts";

/** What the header of a message is made of where a test does not care. */
export const header: SyslogHeader = {
  format: "rfc5424",
  facility: 1,
  hostname: "host",
  app: "app",
  procid: "1",
  msgid: "-",
  structuredData: undefined,
  isTextOnly: false,
  bom: true,
  maxBytes: 8_192,
};
