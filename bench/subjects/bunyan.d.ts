// bunyan brings no types; these are the ones that the benchmark uses.
interface Log {
  child(fields: object): Log;
  debug(text: string): void;
  info(text: string): void;
  info(fields: object, text: string): void;
  error(fields: object, text: string): void;
}
declare const bunyan: {
  createLogger(options: object): Log;
  readonly stdSerializers: object;
};
export default bunyan;
