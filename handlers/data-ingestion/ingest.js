'use strict';

const { join } = require('node:path');
const { manifestKey, rawKey } = require('@etl/dataset');
const { HashedFile, withScratch } = require('@etl/store');
const { createSplitter } = require('./format');
const { RESERVE_MS, openSource } = require('./source');
const { decodeText } = require('./text');

// Where nothing says how old the data is. The clock would file a retry after
// midnight under another key than the first try.
const UNDATED = '1970-01-01';
const MAX_SCHEMA = 2000;

/** The source is too much for the time that was left. */
class OutOfTimeError extends Error {}

/**
 * @param {import('./event').Request} request
 * @param {HashedFile} file
 * @param {() => number} remainingMs
 */
async function writeRaw({ format, source: { kind, key, records } }, opened, file, remainingMs) {
  const totals = { rejected: 0, format };
  const write = async (entries) => {
    for (const { line, rejected } of entries) {
      if (rejected) totals.rejected += 1;
      await file.writeLine(line);
    }
  };
  if (kind === 'records') {
    totals.format = 'records';
    await write(records.map((record) => ({ line: JSON.stringify(record) })));
    return totals;
  }
  const splitter = createSplitter(format, key ?? opened.name);
  for await (const text of decodeText(opened.body)) {
    if (remainingMs() < RESERVE_MS) {
      throw new OutOfTimeError('out of time while reading the source; nothing was written');
    }
    await write(splitter.push(text));
  }
  await write(splitter.end());
  totals.format = splitter.format;
  return totals;
}

// Asking for what is not there yet is no error: the run is simply not finished.
const isThere = async (store, bucket, key) => (await store.look(bucket, key)) !== undefined;

/**
 * @param {{ dataset: string, date: string, id: string }} part
 * @param {Parts} parts
 * @returns {Promise<boolean>} whether all stages are done with it
 */
async function isPublished(part, { store, outputBucket }) {
  return outputBucket !== undefined && isThere(store, outputBucket, manifestKey(part));
}

/**
 * A raw object that is written starts the stages behind this one. Where they
 * are done with the same object, it is left as it is; where one of them failed
 * or has not come to its end, it is written again and starts them again.
 */
async function isFinished(result, metadata, parts) {
  const raw = await parts.store.look(parts.bucket, result.key);
  return raw?.metadata.schema === metadata?.schema && raw && isPublished(result, parts);
}

/**
 * The schema goes with the object, for data-transform that hears of it by a
 * notification. S3 keeps ASCII there, and 2 KB.
 */
function metadataOf(schema) {
  if (!schema) return undefined;
  const text = encodeURIComponent(JSON.stringify(schema));
  if (text.length > MAX_SCHEMA) {
    throw new TypeError(`"schema" takes ${text.length} characters, and may take ${MAX_SCHEMA}`);
  }
  return { schema: text };
}

/**
 * @typedef {object} Parts
 * @property {ReturnType<typeof import('@etl/store').createStore>} store
 * @property {string} bucket
 * @property {string} [outputBucket] where data-output leaves its manifests, if that is known
 * @property {() => number} remainingMs
 * @property {typeof fetch} fetch
 * @property {import('@etl/log').Logger} [log]
 */

/**
 * Copies the source to the raw area, one record a line. The key is made of the
 * content, so that the same input overwrites itself with the same bytes.
 *
 * @param {import('./event').Request} request
 * @param {import('./source').Opened} opened
 * @param {Parts} parts
 */
async function copyToRaw(request, opened, parts) {
  const { store, bucket, remainingMs, log } = parts;
  const { dataset, schema } = request;
  const metadata = metadataOf(schema);
  return withScratch(async (folder) => {
    const file = new HashedFile(join(folder, 'raw.ndjson'));
    try {
      const { rejected, format } = await writeRaw(request, opened, file, remainingMs);
      const written = await file.finish();
      const id = written.sha256.slice(0, 32);
      const date = dateOf(request, opened);
      const key = rawKey({ dataset, date, id });
      const result = {
        bucket,
        key,
        dataset,
        date,
        id,
        count: written.lines,
        rejected,
        bytes: written.bytes,
        sha256: written.sha256,
        format,
        source: opened.label,
        ...(schema && { schema }),
      };
      const { bytes } = written;
      const told = { dataset, key, count: written.lines, rejected, bytes, format };
      if (await isFinished(result, metadata, parts)) {
        log?.info('raw object left as it is', told);
      } else {
        await store.writeFile(bucket, key, written, 'application/x-ndjson', metadata);
        log?.info('raw object written', told);
      }
      return result;
    } finally {
      await file.close();
    }
  });
}

/** @returns {string} the day under which the source is filed */
const dateOf = (request, opened) => request.date ?? opened.date ?? UNDATED;

/**
 * @param {import('./event').Request} request
 * @param {Parts} parts
 */
async function ingest(request, parts) {
  return copyToRaw(request, await openSource(request.source, parts), parts);
}

module.exports = { OutOfTimeError, copyToRaw, dateOf, ingest, isPublished };
