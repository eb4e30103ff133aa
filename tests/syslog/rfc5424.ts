import assert from "node:assert/strict";

/** The parts of a message of RFC 5424. */
export interface Rfc5424Message {
  readonly pri: number;
  /** The header, with the space behind it. */
  readonly header: string;
  /** Structured data as they stand there. */
  readonly data: string;
  /** The parameters in their order, unescaped. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** The MSG without its BOM; `undefined` where there is none. */
  readonly msg: string | undefined;
  readonly hasBom: boolean;
}

const HEADER =
  /^<(0|[1-9]\d{0,2})>1 (?:-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) [!-~]{1,255} [!-~]{1,48} [!-~]{1,128} [!-~]{1,32} /;

// SD-ELEMENT of section 6: the quote, the backslash and the bracket stand in a value with a backslash before them only.
const NAME = String.raw`[!#-<>-\\^-~]{1,32}`;
const PARAMETER = String.raw` (${NAME})="((?:[^"\\\]]|\\["\\\]])*)"`;
const ELEMENT = new RegExp(String.raw`\[${NAME}(?:${PARAMETER})*\]`, "sy");

/** Takes a message apart by the grammar of RFC 5424, section 6; throws for what is none. */
export function parseRfc5424(bytes: Uint8Array): Rfc5424Message {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const found = HEADER.exec(text);
  assert.ok(found !== null, `no header: ${show(text)}`);
  const [header, pri] = found;
  assert.ok(Number(pri) <= 191, `no priority: ${pri}`);
  let at = header.length;
  if (text[at] === "-") at++;
  else {
    const start = at;
    ELEMENT.lastIndex = at;
    while (ELEMENT.test(text)) at = ELEMENT.lastIndex, ELEMENT.lastIndex = at;
    assert.ok(at > start, `no structured data: ${show(text.slice(start))}`);
  }
  const data = text.slice(header.length, at);
  assert.ok(at === text.length || text[at] === " ", `no space behind the structured data: ${show(text.slice(at))}`);
  const msg = at === text.length ? undefined : text.slice(at + 1);
  const hasBom = msg?.startsWith("\ufeff") ?? false;
  return {
    pri: Number(pri),
    header,
    data,
    parameters: [...data.matchAll(new RegExp(PARAMETER, "gs"))].map(([, name, value]) => [
      name as string,
      (value as string).replace(/\\(["\\\]])/g, "$1"),
    ]),
    msg: hasBom ? msg?.slice(1) : msg,
    hasBom,
  };
}

function show(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}
