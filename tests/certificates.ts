/**
 * Certificates for tests: an authority that nobody knows, and a certificate that it has signed. They are
 * written here, as X.509 in DER, so that the tests need neither openssl nor files.
 *
 * @module
 */

/** PEM texts. */
export interface Certificates {
  /** The authority's certificate, for those who shall trust it. */
  ca: string;
  /** The server's certificate. */
  cert: string;
  /** The server's private key. */
  key: string;
}

/** How they are made. */
export interface CertificateOptions {
  /** Names and IPv4 addresses that the server is known by; localhost and 127.0.0.1 without it. */
  names?: string[];
  /** Whether it was valid yesterday, and is no longer. */
  expired?: boolean;
}

const DAY = 24 * 60 * 60 * 1000;

// The tags of ASN.1 that occur.
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
/** The n-th alternative or optional field, which holds others. */
const field = (n: number) => 0xa0 + n;
/** The n-th alternative, which is written as it is. */
const plain = (n: number) => 0x80 + n;

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const DNS_NAME = plain(2);
const IP_ADDRESS = plain(7);
/** Bits of a key's usage: it signs certificates. */
const SIGNS_CERTIFICATES = [0x02, 0x04];

type Der = Uint8Array<ArrayBuffer>;

/** A value of ASN.1: its tag, its length, what is in it. */
function der(tag: number, ...contents: (Der | number[])[]): Der {
  const content = contents.flatMap((part) => [...part]);
  const { length } = content;
  const head = length < 128
    ? [length]
    : length < 256
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([tag, ...head, ...content]);
}

function text(tag: number, value: string): Der {
  return der(tag, new TextEncoder().encode(value));
}

function objectId(dotted: string): Der {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift(left & 0x7f | 0x80);
    bytes.push(...groups);
  }
  return der(OBJECT_ID, bytes);
}

/** A positive number: without leading zeros, except the one that says that it is positive. */
function integer(bytes: Uint8Array): Der {
  let digits = [...bytes];
  while (digits.length > 1 && digits[0] === 0) digits = digits.slice(1);
  return der(INTEGER, digits[0] > 127 ? [0, ...digits] : digits);
}

function nameOf(commonName: string): Der {
  const part = der(SEQUENCE, objectId(COMMON_NAME), text(UTF8_STRING, commonName));
  return der(SEQUENCE, der(SET, part));
}

function time(moment: number): Der {
  const digits = new Date(moment).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return text(UTC_TIME, digits.slice(2));
}

function extension(id: string, isCritical: boolean, value: Der): Der {
  const critical = isCritical ? der(BOOLEAN, [0xff]) : [];
  return der(SEQUENCE, objectId(id), critical, der(OCTET_STRING, value));
}

function pem(label: string, bytes: Uint8Array): string {
  // No empty line at the end: OpenSSL would take none of it.
  const lines = btoa(String.fromCharCode(...bytes)).replaceAll(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** Who signs, or is signed. */
interface Party {
  name: Der;
  keys: CryptoKeyPair;
}

async function party(commonName: string): Promise<Party> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return { name: nameOf(commonName), keys };
}

async function certificate(
  subject: Party,
  issuer: Party,
  validUntil: number,
  extensions: Der[],
): Promise<Der> {
  const algorithm = der(SEQUENCE, objectId(ECDSA_WITH_SHA256));
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", subject.keys.publicKey));
  const body = der(
    SEQUENCE,
    der(field(0), der(INTEGER, [2])), // Version 3, counted from zero.
    integer(crypto.getRandomValues(new Uint8Array(8))),
    algorithm,
    issuer.name,
    der(SEQUENCE, time(validUntil - 2 * DAY), time(validUntil)),
    subject.name,
    publicKey,
    der(field(3), der(SEQUENCE, ...extensions)),
  );
  const hash = { name: "ECDSA", hash: "SHA-256" };
  const raw = new Uint8Array(await crypto.subtle.sign(hash, issuer.keys.privateKey, body));
  const signature = der(SEQUENCE, integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return der(SEQUENCE, body, algorithm, der(BIT_STRING, [0], signature));
}

/** Makes an authority, and a server's certificate that it has signed. */
export async function makeCertificates(options: CertificateOptions = {}): Promise<Certificates> {
  const { names = ["localhost", "127.0.0.1"], expired = false } = options;
  const [authority, server] = await Promise.all([party("Test authority"), party(names[0])]);
  const until = Date.now() + (expired ? -DAY / 2 : DAY);
  const alternatives = names.map((name) =>
    /^[\d.]+$/.test(name) ? der(IP_ADDRESS, name.split(".").map(Number)) : text(DNS_NAME, name)
  );
  const ca = await certificate(authority, authority, Date.now() + DAY, [
    extension(BASIC_CONSTRAINTS, true, der(SEQUENCE, der(BOOLEAN, [0xff]))),
    extension(KEY_USAGE, true, der(BIT_STRING, SIGNS_CERTIFICATES)),
  ]);
  const cert = await certificate(server, authority, until, [
    extension(BASIC_CONSTRAINTS, true, der(SEQUENCE)),
    extension(SUBJECT_ALT_NAME, false, der(SEQUENCE, ...alternatives)),
  ]);
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", server.keys.privateKey));
  return {
    ca: pem("CERTIFICATE", ca),
    cert: pem("CERTIFICATE", cert),
    key: pem("PRIVATE KEY", key),
  };
}
