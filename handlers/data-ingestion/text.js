'use strict';

const { isUtf8 } = require('node:buffer');

const SNIFF_BYTES = 4096;
const LF = 0x0a;
const MAX_CARRY = 8 * 1024 * 1024;

/** @param {Buffer} head the first bytes of the source */
function detectEncoding(head) {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { name: 'utf-8', skip: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { name: 'utf-16le', skip: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { name: 'utf-16be', skip: 2 };
  // Without a mark, UTF-16 gives itself away: every other byte of Latin text is 0.
  const zeros = [0, 0];
  head.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] += 1;
  });
  const half = head.length / 2;
  if (head.length >= 4 && zeros[1] > half * 0.4 && zeros[0] < half * 0.1) {
    return { name: 'utf-16le', skip: 0 };
  }
  if (head.length >= 4 && zeros[0] > half * 0.4 && zeros[1] < half * 0.1) {
    return { name: 'utf-16be', skip: 0 };
  }
  return { name: 'utf-8', skip: 0 };
}

/** @param {AsyncIterable<Uint8Array>} chunks */
async function* withHead(chunks) {
  let head = Buffer.alloc(0);
  let open = false;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (open) {
      yield bytes;
      continue;
    }
    head = Buffer.concat([head, bytes]);
    open = head.length >= SNIFF_BYTES;
    if (open) yield head;
  }
  if (!open && head.length > 0) yield head;
}

/** @returns {number} how many bytes the UTF-8 character at a place takes, 0 where there is none */
function characterWidth(bytes, at) {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  const width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const whole = at + width <= bytes.length && isUtf8(bytes.subarray(at, at + width));
  return whole ? width : 0;
}

/** Bytes that are no UTF-8 are taken as Latin-1, one by one: nothing is lost. */
function decodeMixed(bytes) {
  let text = '';
  let start = 0;
  for (let at = 0; at < bytes.length;) {
    const width = characterWidth(bytes, at);
    at += width;
    if (width === 0) {
      text += bytes.toString('utf8', start, at) + String.fromCharCode(bytes[at]);
      at += 1;
      start = at;
    }
  }
  return text + bytes.toString('utf8', start);
}

/** Line by line, so that one sender's Latin-1 line does not slow down the others. */
function decodeLines(bytes) {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LF, start);
    const end = found < 0 ? bytes.length : found + 1;
    const line = bytes.subarray(start, end);
    text += isUtf8(line) ? line.toString('utf8') : decodeMixed(line);
    start = end;
  }
  return text;
}

/**
 * Cuts the stream at line ends, so that no character and no line is decoded in
 * halves. A line without end is cut where a UTF-8 character begins.
 */
function createUtf8Decoder() {
  let carry = [];
  let carried = 0;
  const take = (chunk, cut) => {
    const text = decodeLines(Buffer.concat([...carry, chunk.subarray(0, cut)]));
    carry = cut < chunk.length ? [chunk.subarray(cut)] : [];
    carried = chunk.length - cut;
    return text;
  };
  return {
    push(chunk) {
      let cut = chunk.lastIndexOf(LF) + 1;
      if (cut === 0 && carried + chunk.length > MAX_CARRY) {
        cut = chunk.length;
        for (let back = 0; back < 3 && cut > 1 && (chunk[cut - 1] & 0xc0) === 0x80; back += 1) {
          cut -= 1;
        }
        if (chunk[cut - 1] >= 0xc0) cut -= 1;
      }
      if (cut > 0) return take(chunk, cut);
      carry.push(chunk);
      carried += chunk.length;
      return '';
    },
    end: () => take(Buffer.alloc(0), 0),
  };
}

function createUtf16Decoder(name) {
  const decoder = new TextDecoder(name, { ignoreBOM: true });
  return {
    push: (chunk) => decoder.decode(chunk, { stream: true }),
    end: () => decoder.decode(),
  };
}

/**
 * @param {AsyncIterable<Uint8Array>} chunks
 * @returns {AsyncGenerator<string>}
 */
async function* decodeText(chunks) {
  let decoder;
  for await (const chunk of withHead(chunks)) {
    let bytes = chunk;
    if (!decoder) {
      const { name, skip } = detectEncoding(chunk.subarray(0, SNIFF_BYTES));
      decoder = name === 'utf-8' ? createUtf8Decoder() : createUtf16Decoder(name);
      bytes = chunk.subarray(skip);
    }
    const text = decoder.push(bytes);
    if (text !== '') yield text;
  }
  const rest = decoder?.end() ?? '';
  if (rest !== '') yield rest;
}

module.exports = { decodeText };
