import type { Queue } from "../../dispatch/queue.ts";
import { visibleText } from "../../format/escape.ts";
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

/** Room, in bytes, that the structured data leave to the MSG. */
const LEFT_FOR_MESSAGE = 64;

/** Puts the header of a syslog message in front of the line that another format makes. */
export class SyslogFormat implements LineFormat {
  readonly seal: LineFormat["seal"];
  readonly #inner: LineFormat;
  readonly #header: SyslogHeader;
  readonly #onOmission: () => void;
  readonly #beforeTime: readonly string[];
  readonly #afterTime: string;
  readonly #dataRoom: number;
  readonly #heads = new Array<string>(SEVERITIES.length).fill("");
  #headTime = NaN;

  /** @param onOmission Called for each record of which fields are left out because there is no room for them. */
  constructor(inner: LineFormat, header: SyslogHeader, onOmission: () => void) {
    this.#inner = inner;
    this.#header = header;
    this.#onOmission = onOmission;
    this.seal = header.isTextOnly ? undefined : inner.seal;
    const { facility, hostname, app, procid, msgid } = header;
    const isNew = header.format === "rfc5424";
    this.#beforeTime = SEVERITIES.map((severity) => `<${facility * 8 + severity}>${isNew ? "1 " : ""}`);
    this.#afterTime = isNew
      ? ` ${hostname ?? "-"} ${app} ${procid} ${msgid} `
      : ` ${hostname === undefined ? "" : `${hostname} `}${app}[${procid}]: `;
    const longestHead = "<191>1 2026-11-23T11:02:15.123Z".length + this.#afterTime.length;
    this.#dataRoom = header.maxBytes - longestHead - " ".length - 3 - LEFT_FOR_MESSAGE;
  }

  format(message: Message): string {
    const text = this.#header.isTextOnly ? visibleText(message.msg) : this.#inner.format(message);
    const id = this.#header.structuredData;
    const data = id === undefined
      ? "-"
      : structuredData(id, message.fields, { room: this.#dataRoom, onOmission: this.#onOmission });
    return this.#whole(message.time, LEVEL_NUMBER[message.level], { data, text });
  }

  encode(queue: Queue, index: number): string {
    if (this.#header.structuredData !== undefined) return this.format(queue.message(index));
    return this.#whole(queue.times[index] as number, queue.levels[index] as number, {
      data: "-",
      text: this.#inner.encode(queue, index),
    });
  }

  frame(line: string, message: Message): string {
    return this.#whole(message.time, LEVEL_NUMBER[message.level], { data: "-", text: line });
  }

  #whole(time: number, level: number, { data, text }: { readonly data: string; readonly text: string }): string {
    const head = this.#head(time, level);
    if (this.#header.format === "rfc3164") return head + text;
    return text === "" ? head + data : `${head}${data} ${this.#header.bom ? BOM : ""}${text}`;
  }

  /** Everything up to the structured data, or the text: asked for once per level and millisecond. */
  #head(time: number, level: number): string {
    if (time !== this.#headTime) {
      this.#heads.fill("");
      this.#headTime = time;
    }
    const at = level / 10;
    return this.#heads[at] ||= (this.#beforeTime[at] as string) +
      (this.#header.format === "rfc5424" ? timestamp(time) : bsdTimestamp(time)) + this.#afterTime;
  }
}
