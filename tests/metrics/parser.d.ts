declare const parse: unknown;
export default parse;
