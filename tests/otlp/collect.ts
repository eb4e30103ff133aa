/**
 * Logs through the whole library to a server that is a function.
 *
 * @module
 */
import { createLogger, type Logger } from "../../mod.ts";
import "../../otlp.ts";
import type { OtlpOptions, OtlpProtocol } from "../../otlp.ts";
import { decodeRequest, type PlainRecord } from "./decode.ts";

/** Both encodings. */
export const PROTOCOLS: readonly OtlpProtocol[] = ["http/json", "http/protobuf"];

/** What {@linkcode collect} is told. */
export interface CollectOptions {
  readonly otlp?: OtlpOptions;
  /** Further options of the logger. */
  readonly logger?: object;
}

/** Calls a program with a logger and returns what the server got. */
export async function collect(
  protocol: OtlpProtocol,
  program: (log: Logger) => unknown,
  { otlp = {}, logger = {} }: CollectOptions = {},
): Promise<PlainRecord[]> {
  const records: PlainRecord[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    const { headers } = new Request(url, init);
    const body = new Uint8Array(await new Response(init.body).arrayBuffer());
    records.push(...decodeRequest(body, {
      contentType: headers.get("content-type") ?? undefined,
      contentEncoding: headers.get("content-encoding") ?? undefined,
    }));
    return new Response(null, { status: 200 });
  };
  const log = createLogger({
    level: "trace",
    ...logger,
    destinations: [{ uri: "otlp+http://collector.test", otlp: { protocol, fetch, ...otlp } }],
    onError(error: Error) {
      throw error;
    },
  });
  await program(log);
  await log.close();
  return records;
}
