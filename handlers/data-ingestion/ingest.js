'use strict';

const { join } = require('node:path');
const { rawKey } = require('@etl/dataset');
const { HashedFile, withScratch } = require('@etl/store');
const { createSplitter } = require('./format');
const { RESERVE_MS, openSource } = require('./source');
const { decodeText } = require('./text');

// Where nothing says how old the data is. The clock would file a retry after
// midnight under another key than the first try.
const UNDATED = '1970-01-01';

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
      throw new Error('out of time while reading the source; nothing was written');
    }
    await write(splitter.push(text));
  }
  await write(splitter.end());
  totals.format = splitter.format;
  return totals;
}

/**
 * Copies the source to the raw area, one record a line. The key is made of the
 * content, so that the same input overwrites itself with the same bytes.
 *
 * @param {import('./event').Request} request
 * @param {object} parts
 * @param {ReturnType<typeof import('@etl/store').createStore>} parts.store
 * @param {string} parts.bucket
 * @param {() => number} parts.remainingMs
 * @param {typeof fetch} parts.fetch
 */
async function ingest(request, { store, bucket, remainingMs, fetch }) {
  const { dataset, schema } = request;
  const opened = await openSource(request.source, { store, fetch, remainingMs });
  return withScratch(async (folder) => {
    const file = new HashedFile(join(folder, 'raw.ndjson'));
    try {
      const { rejected, format } = await writeRaw(request, opened, file, remainingMs);
      const written = await file.finish();
      const id = written.sha256.slice(0, 32);
      const date = request.date ?? opened.date ?? UNDATED;
      const key = rawKey({ dataset, date, id });
      await store.writeFile(bucket, key, written, 'application/x-ndjson');
      return {
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
    } finally {
      await file.close();
    }
  });
}

module.exports = { ingest };
