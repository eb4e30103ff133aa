import type { Queue } from "../../dispatch/queue.ts";
import { visibleText } from "../../format/escape.ts";
import { Heads } from "../../format/heads.ts";
import type { Envelope } from "../../format/envelope.ts";
import type { LineFormat } from "../../format/line_format.ts";
import { timestamp } from "../../format/timestamp.ts";
import { LEVEL_NUMBER } from "../../level.ts";
import type { Message } from "../../message.ts";
import { bsdTimestamp } from "./bsd_timestamp.ts";
import { structuredData } from "./structured_data.ts";
import type { SyslogHeader } from "./syslog_settings.ts";

/** Severities (RFC 5424, table 2) by level number / 10: debug, debug, informational, warning, error, critical. */
const SEVERITIES = [7, 7, 7, 6, 4, 3, 2];

/** Marks a MSG as UTF-8 (RFC 5424, 6.4). */
const BOM = "\ufeff";

/** The text of a record and nothing else, on one line: where the fields stand beside it. */
export const VISIBLE_TEXT: LineFormat = {
  format: (message) => visibleText(message.msg),
  encode: (queue, index) => visibleText(queue.texts[index] as string),
};

/** Puts the header of a syslog message in front of a line. */
export class SyslogEnvelope implements Envelope {
  readonly #header: SyslogHeader;
  /** Everything up to the structured data, or the text. */
  readonly #heads: Heads;

  constructor(header: SyslogHeader) {
    this.#header = header;
    const { facility, hostname, app, procid, msgid } = header;
    const isNew = header.format === "rfc5424";
    const beforeTime = SEVERITIES.map((severity) => `<${facility * 8 + severity}>${isNew ? "1 " : ""}`);
    const afterTime = isNew
      ? ` ${hostname ?? "-"} ${app} ${procid} ${msgid} `
      : ` ${hostname === undefined ? "" : `${hostname} `}${app}[${procid}]: `;
    this.#heads = new Heads((time, level) =>
      (beforeTime[level / 10] as string) + (isNew ? timestamp(time) : bsdTimestamp(time)) + afterTime
    );
  }

  wrap(line: string, message: Message): string {
    const id = this.#header.structuredData;
    const data = id === undefined ? "-" : structuredData(id, message.fields);
    return this.#whole(message.time, LEVEL_NUMBER[message.level], { data, text: line });
  }

  wrapRecord(line: string, queue: Queue, index: number): string {
    if (this.#header.structuredData !== undefined) return this.wrap(line, queue.message(index));
    return this.#whole(queue.times[index] as number, queue.levels[index] as number, { data: "-", text: line });
  }

  #whole(time: number, level: number, { data, text }: { readonly data: string; readonly text: string }): string {
    const head = this.#heads.at(time, level);
    if (this.#header.format === "rfc3164") return head + text;
    return text === "" ? head + data : `${head}${data} ${this.#header.bom ? BOM : ""}${text}`;
  }
}
