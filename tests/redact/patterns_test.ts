import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type PatternName, patternNames } from "../../src/redact/pattern.ts";
import { redactText } from "../../src/redact/redact_text.ts";
import { redactString } from "./support.ts";

const JWT =
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
const PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD9\n0vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\n" +
  "-----END RSA PRIVATE KEY-----";
const AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/** Per pattern: texts with what is a secret in them between guillemets, and texts without. */
const cases: {
  readonly [name in PatternName]: { readonly secret: readonly string[]; readonly plain: readonly string[] };
} = {
  "credit-card": {
    secret: [
      "«4111111111111111»",
      "card «4111 1111 1111 1111».",
      "card:«4111-1111-1111-1111»,ok",
      "«378282246310005» «3782 822463 10005»", // American Express
      "«6011000990139424»", // Discover
      "«30569309025904»", // Diners Club, 14 digits
      "«4222222222222» «4222 2222 2222 2»", // Visa, 13 digits
      "«6304000000000000000»", // Maestro, 19 digits
      "«135410014004955»", // UATP
      "2026-11-23 «4111 1111 1111 1111» 23",
      "PAN«5555555555554444»X",
      "a b c d e f«4111111111111111»a",
    ],
    plain: [
      "4111111111111112",
      "41111111111111111111",
      "411111111111",
      "1764000000121", // a time in milliseconds that passes Luhn
      "0000000000000000",
      "took 0.4111111111111111 s",
      "trace 4bf92f35774111111111111111a3ce929d",
      "4111  1111 1111 1111",
      "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
      "2026-11-23 10:11:12 2026-11-24",
    ],
  },
  "bearer": {
    secret: [
      "Authorization: Bearer «mF_9.B5f-4.1JqM»",
      "bearer «abc»",
      "BEARER  «a+/b==» x",
      '"bearer":"«abcdef»"',
      "Bearer «one», Bearer «two»",
    ],
    plain: ["the bearer token is invalid", "Bearer", "bearer ", 'WWW-Authenticate: Bearer realm="x"', "Bearer tokens."],
  },
  "basic": {
    secret: ["Authorization: Basic «QWxhZGRpbjpvcGVuIHNlc2FtZQ==»", "basic «YTpi»", "Basic «dGVzdDoxMjPCow»"],
    plain: ["basic usage of it", "basic authentication", "Basic YWJj", "BASIC", "Basic auth failed"],
  },
  "jwt": {
    secret: [
      `«${JWT}»`,
      `token=«${JWT}»&x=1`,
      "«eyJhbGciOiJub25lIn0.eyJhIjoxfQ.» x",
      "(«eyJhbGciOiJub25lIn0.eyJhIjoxfQ»)",
    ],
    plain: ["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJ.eyJ.x", "keyJoint.of.three", "eyJhbGciOiJub25lIn0.json"],
  },
  "email": {
    secret: [
      "«ann@example.com»",
      "to <«ann.b+c@mail.example.co.uk»>.",
      "mail=«ann@example.com»&x",
      "“«o'brien@example.org»",
      "«äöü@exämple.de»",
      "«a@b.cc»,«d@e.ff»;«g@h.ii»",
      "«ann@xn--exmple-cua.xn--p1ai».",
    ],
    plain: [
      "ann@localhost",
      "@example.com",
      "pkg@1.2.3",
      "node_modules/pkg@1.2.3-rc.beta/x",
      "a @ b.cc",
      "ann@.com",
      "@@",
    ],
  },
  "iban": {
    secret: [
      "«DE89370400440532013000»",
      "IBAN: «DE89 3704 0044 0532 0130 00».",
      "«gb29nwbk60161331926819»",
      "«NO93-8601-1117-947»",
      "«MT84 MALT 0110 0001 2345 MTLC AST0 01S»",
    ],
    plain: ["DE89370400440532013001", "XDE89370400440532013000", "No42 was sent to the customer today", "DE89 3704"],
  },
  "aws": {
    secret: [
      "«AKIAIOSFODNN7EXAMPLE»",
      `key «ASIAIOSFODNN7EXAMPLE»:«${AWS_SECRET}»`,
      `aws_secret_access_key = «${AWS_SECRET}»`,
      `{"SecretAccessKey":"«${AWS_SECRET}»"}`,
      `«${AWS_SECRET}»`,
    ],
    plain: [
      "AKIAIOSFODNN7EXAMPLES",
      "XAKIAIOSFODNN7EXAMPLE",
      "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      `commit ${AWS_SECRET} x`,
    ],
  },
  "private-key": {
    secret: [
      `«${PEM}»`,
      `key: «${PEM}»\nmore «${PEM}»`,
      `«${PEM.slice(0, 60)}»`,
      `«${PEM.replaceAll("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK")}»`,
      `«${PEM.replaceAll("\n", "\\n").replaceAll("RSA", "ENCRYPTED")}» end`,
    ],
    plain: [PEM.replaceAll("PRIVATE", "PUBLIC"), "-----BEGIN CERTIFICATE-----", "-----BEGIN "],
  },
  "url-password": {
    secret: ["postgres://app:«hunter2»@db:5432/x", "amqp://a:«p@ss»@h http://b:«c»@d"],
    plain: ["http://host:80/a@b", "http://user@host/", "see http://a:b", "://"],
  },
  "parameter": {
    secret: [
      "/callback?access_token=«abc»&state=1",
      "https://app/#id_token=«abc»&token_type=bearer",
      "grant_type=password&password=«a%26b+c»",
      "/?X-Amz-Signature=«0a1b» and sig=«x%3D»",
    ],
    plain: ["/?q=password", "password: no", "tokens=3&cost=2", "access_token=&x=1", "="],
  },
};

for (const name of patternNames) {
  describe(`pattern "${name}"`, () => {
    const redact = (text: string) => redactString(text, { patterns: [name] });
    for (const marked of cases[name].secret) {
      it(`finds ${JSON.stringify(marked)}`, () => {
        assert.equal(redact(marked.replace(/[«»]/g, "")), marked.replace(/«[^»]*»/g, "[REDACTED]"));
      });
    }
    for (const text of cases[name].plain) {
      it(`leaves ${JSON.stringify(text)}`, () => assert.equal(redact(text), text));
    }
    it("can be left out", () => {
      const text = (cases[name].secret[0] as string).replace(/[«»]/g, "");
      assert.notEqual(redactString(text, { patterns: true }), text);
      assert.equal(redactString(text, { patterns: true, exclude: [name] }), text);
    });
  });
}

describe("redactText()", () => {
  it("uses all ready-made patterns", () => {
    const text = patternNames.flatMap((name) => cases[name].secret).join(" | ");
    const redacted = redactText(text.replace(/[«»]/g, ""));
    const secrets = [...text.matchAll(/«([^»]*)»/g)].map(([, secret]) => secret as string);
    assert.ok(secrets.length >= patternNames.length);
    for (const secret of secrets) if (secret.length > 5) assert.ok(!redacted.includes(secret), secret);
  });

  it("returns the same text when there is nothing in it", () => {
    assert.equal(redactText("Cannot open app.log: EACCES"), "Cannot open app.log: EACCES");
  });
});
