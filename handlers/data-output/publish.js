'use strict';

const { join } = require('node:path');
const { manifestKey: manifestKeyOf, processedPrefix } = require('@etl/dataset');
const { HashedFile, withScratch } = require('@etl/store');
const { readSummary } = require('./summary');

const RESERVE_MS = 5000;
const NDJSON = 'application/x-ndjson';
const LF = 0x0a;

function countLines(chunk) {
  let lines = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines += 1;
  return lines;
}

/** Fetches one file and refuses it where it is not what the summary says. */
async function fetchVerified(store, bucket, key, promised, path, remainingMs) {
  const { body } = await store.read(bucket, key);
  const file = new HashedFile(path);
  let lines = 0;
  try {
    for await (const chunk of body) {
      if (remainingMs() < RESERVE_MS) throw new Error(`out of time while reading ${key}`);
      lines += countLines(chunk);
      await file.write(chunk);
    }
    const got = await file.finish();
    if (got.sha256 !== promised.sha256 || lines !== promised.records) {
      throw new Error(
        `s3://${bucket}/${key} is not what its summary says: ${lines} records, sha256 ${got.sha256}`,
      );
    }
    return got;
  } finally {
    await file.close();
  }
}

/**
 * Copies a transformed dataset to the output bucket. Readers look for the
 * manifest: it is written when all that it names is there.
 *
 * @param {import('./event').Source} source
 * @param {object} parts
 * @param {ReturnType<typeof import('@etl/store').createStore>} parts.store
 * @param {string} parts.bucket
 * @param {() => number} parts.remainingMs
 */
async function publish(source, { store, bucket, remainingMs }) {
  const { dataset, date, id, stem } = source;
  const prefix = processedPrefix(source);
  const summary = await readSummary(store, source);

  return withScratch(async (folder) => {
    const files = [];
    for (const [name, from, promised] of [
      ['data.ndjson', `${stem}.ndjson`, summary.records],
      ['rejects.ndjson', `${stem}.rejects.ndjson`, summary.rejects],
    ]) {
      const path = join(folder, name);
      const file = await fetchVerified(store, source.bucket, from, promised, path, remainingMs);
      const key = `${prefix}/${name}`;
      files.push({
        file,
        entry: { key, records: promised.records, bytes: file.bytes, sha256: file.sha256 },
      });
    }
    for (const { file, entry } of files) await store.writeFile(bucket, entry.key, file, NDJSON);

    const [data, rejects] = files.map(({ entry }) => entry);
    const manifest = {
      version: 1,
      dataset,
      date,
      id,
      source: summary.source,
      counts: summary.counts,
      reasons: summary.reasons ?? {},
      data,
      rejects,
    };
    const manifestKey = manifestKeyOf(source);
    await store.writeJson(bucket, manifestKey, manifest);
    return { bucket, prefix, manifestKey, ...manifest };
  });
}

module.exports = { publish };
