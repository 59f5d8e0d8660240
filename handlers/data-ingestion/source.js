'use strict';

const { createGunzip } = require('node:zlib');
const { Readable } = require('node:stream');

const RESERVE_MS = 5000;
// The raw copy waits in /tmp, which holds 512 MB, until its checksum is known.
const MAX_BYTES = 400 * 1024 * 1024;

const dayOf = (date) => {
  const time = date === null || date === undefined ? NaN : new Date(date).getTime();
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10);
};

const tooLarge = () =>
  new Error(`the source holds more than ${MAX_BYTES} bytes; split it into smaller objects`);

/** Ends a stream that is longer than allowed, and refuses one that broke off. */
async function* measured(body, expected) {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw tooLarge();
    yield chunk;
  }
  if (expected !== undefined && bytes !== expected) {
    throw new Error(`the source broke off after ${bytes} of ${expected} bytes`);
  }
}

/** Unpacks a gzip stream, known by its first two bytes; the name may lie. */
async function* unpacked(body) {
  const iterator = body[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  async function* whole() {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* whole();
    return;
  }
  const packed = Readable.from(whole());
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  yield* measured(packed.pipe(gunzip));
}

async function fetchSource(url, fetch, remainingMs) {
  // What stands after "?" is often a signature: it belongs in no log or error.
  const label = url.origin + url.pathname;
  const left = remainingMs() - RESERVE_MS;
  const signal = Number.isFinite(left) ? AbortSignal.timeout(Math.max(1, left)) : undefined;
  let response;
  try {
    response = await fetch(url, { signal, redirect: 'follow' });
  } catch (error) {
    // eslint-disable-next-line preserve-caught-error -- its text may quote the signed address
    throw new Error(`cannot fetch ${label}: ${error.name}`);
  }
  const landed = response.url ? new URL(response.url).protocol : 'https:';
  if (landed !== 'https:') throw new Error(`${label} redirects to an address without https`);
  if (!response.ok) throw new Error(`cannot fetch ${label}: HTTP ${response.status}`);
  return {
    label,
    name: url.pathname,
    date: dayOf(response.headers.get('last-modified')),
    body: unpacked(measured(response.body ?? [])),
  };
}

/**
 * @typedef {object} Opened
 * @property {string} label
 * @property {string} [name]
 * @property {string} [date] the day on which it was last modified
 * @property {string} [etag] of an object
 * @property {AsyncIterable<Buffer>} [body]
 * @property {() => void} [close] where it is not read to its end
 */

/**
 * @param {import('./event').Source} source
 * @param {object} parts
 * @returns {Promise<Opened>}
 */
async function openSource(source, { store, fetch, remainingMs }) {
  if (source.kind === 'records') return { label: 'records' };
  if (source.kind === 'https') return fetchSource(source.url, fetch, remainingMs);
  const { bucket, key, version } = source;
  const { body, lastModified, bytes, etag } = await store.read(bucket, key, version);
  const close = () => body.destroy?.();
  if (bytes > MAX_BYTES) {
    close();
    throw tooLarge();
  }
  return {
    label: `s3://${bucket}/${key}`,
    date: dayOf(lastModified),
    etag,
    body: unpacked(measured(body, bytes)),
    close,
  };
}

module.exports = { RESERVE_MS, dayOf, openSource };
