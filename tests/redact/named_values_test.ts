import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redactFields, redactString } from "./support.ts";

const keys = ["access_token", "password", "authorization", "cookie", "sid", "pin", "user name", "a.b"];

/** Texts with what stands under a secret name between guillemets. */
const cases: { readonly [kind: string]: readonly string[] } = {
  "a query": [
    "GET /cb?access_token=«abc»&state=1 HTTP/1.1",
    "https://app/cb?state=1&access_token=«abc»",
    "https://app/cb#access_token=«abc»&state=1",
    "/?ACCESS-TOKEN=«abc»&accessToken=«d»",
    "/?user[password]=«abc»&password[]=«d»&password[0]=«e»&user.password=«f»",
    "/?password=«a%26b%3Dc+d»&x=1",
    "/?access%5Ftoken=«abc»&pass%77ord=«d»",
    "/?next=https%3A%2F%2Fapp%2Fcb%3Faccess_token%3D«abc»%26state%3D1&x=1",
    "/?next=%252Fcb%253Faccess_token%253D«abc»%2526x%253D1",
    "/?password=«a&b»&x=1",
    "/?password=«a&b» x",
    "/?password=«abc&» x",
    "/?password=«abc»&",
    "/?passwords=abc&xpassword=d&password_=«e»&_password=«f»",
  ],
  "JSON": [
    '{"password":"«abc»","x":1}',
    '{ "Password" : "«a \\"b\\", c»", "x":1}',
    '{"pin":«1234»,"x":1}',
    '{"pin":«true»}',
    '{"password":«{"a":["}",{"b":1}]}»,"x":1}',
    '{"password":«["a", "b"]»}',
    '{"password":"","x":1}',
    '{"pass\\u0077ord":"«abc»"}',
    '{"body":"{\\"password\\":\\"«a b»\\",\\"x\\":1}"}',
    '{"body":"{\\"b\\":\\"{\\\\\\"password\\\\\\":\\\\\\"«a b»\\\\\\"}\\"}"}',
    '{"url":"https:\\/\\/app?access_token=«abc»","x":1}',
    "%7B%22password%22%3A%22«a%20b»%22%7D",
    "data=%7B%22password%22%3A%22«a+b»%22%7D&x=1",
    '{"password":"«cut off',
    '{"password":«{"a":"cut off',
  ],
  "what a console prints": [
    "{ password: '«abc»', x: 1 }",
    "Map(1) { 'password' => '«abc»' }",
    "{ password: «{ a: 'b' }», x: 1 }",
    "[ [ 'a', 'b' ], { password: `«it's \"x\"»` } ]",
    "password = «abc» x",
    'password="«a b»" x',
    "password='«it''s»' x",
    "password == «abc»",
    "password := «abc»",
  ],
  "the head of a message": [
    "Authorization: «Bearer abc»",
    'GET / HTTP/1.1\r\nHost: a\r\nauthorization:«Bearer abc»\r\nCookie: «a=b; c="d"; e»\r\nX: y\r\n\r\n',
    '{"_header":"GET / HTTP/1.1\\r\\nCookie: «a=b; c=d»\\r\\nX: y\\r\\n"}',
    "curl -H 'Authorization: «Bearer abc»' https://app/",
    'Cookie: «"a"; b=c»\nX: y',
    "Cookie: «[a] b»\nX: y",
    "failed for password: «correct horse, battery»",
    "user.password: «abc»",
  ],
  "cookies": ["sid=«abc»; Path=/; HttpOnly", "a=1; sid=«abc»; b=2", "Set: sid=«abc»"],
  "others": [
    "authorization=«Bearer abc def»\nx",
    "--password=«abc» --port=80",
    "user name: «Ann»",
    "the a.b=«c» d",
    "a.b: «c»",
    "{'password': «abc», 'x': 1}",
    "",
    "=",
    ":",
    "password",
    "password:",
    "password=",
    "the password is abc",
    "no-password=abc",
    "x: password",
    "at load (file:///app/sid.ts:3:9)",
  ],
};

describe("keys find what stands under their names in texts", () => {
  for (const [kind, texts] of Object.entries(cases)) {
    for (const marked of texts) {
      it(`${kind}: ${JSON.stringify(marked)}`, () => {
        const text = marked.replace(/[«»]/g, "");
        const expected = marked.replace(/«[^»]*»?/g, "[REDACTED]");
        assert.equal(redactString(text, { keys }), expected);
        assert.deepEqual(redactFields({ text: [text] }, { keys }), { text: [expected] });
      });
    }
  }

  it("whatever is put in their place", () => {
    assert.equal(redactString('{"pin":"1"}', { keys, censor: { remove: true } }), '{"pin":""}');
    assert.equal(redactString("pin=1&x", { keys, censor: (value, path) => `${value}${path}?` }), "pin=1&x?");
  });

  it("in texts of objects: URLs and their parameters, errors, names", () => {
    const url = new URL("https://app/cb?access_token=SECRET&x=1");
    const error = new Error("refused pin=SECRET", { cause: new Error('{"pin":"SECRET"}') });
    const shown = JSON.stringify(
      redactFields({ url, params: url.searchParams, error, "pin=SECRET": 1, map: new Map([[{ pin: "SECRET" }, 1]]) }, {
        keys,
      }),
    );
    assert.doesNotMatch(shown, /SECRET/);
    assert.match(shown, /access_token=\[REDACTED\]&x=1/);
  });
});

describe("patterns see through escapes", () => {
  const cases = [
    "mail=«ann%40example.com»&x=1",
    "card=«4111+1111+1111+1111»&x=1",
    "authorization=Bearer%20«abc.def»",
    '{"header":"Basic\\u0020«QWxhZGRpbjpvcGVuIHNlc2FtZQ==»"}',
    "url=https%3A%2F%2Fuser%3A«hunter2»%40host%2F",
    '"https:\\/\\/user:«hunter2»@host"',
  ];
  for (const marked of cases) {
    it(marked, () => {
      const text = marked.replace(/[«»]/g, "");
      assert.equal(redactString(text, { patterns: true }), marked.replace(/«[^»]*»/g, "[REDACTED]"));
    });
  }

  it("and leave texts alone that only look escaped", () => {
    for (const text of ["100%", "%zz %2", "C:\\new\\table", "a+b=c", "\\", "\\u12", "%C3%28", "%F5%80"]) {
      assert.equal(redactString(text, { patterns: true, keys }), text);
    }
  });
});
