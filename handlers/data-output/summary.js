'use strict';

const HEX = /^[0-9a-f]{64}$/;
const MAX_BYTES = 1024 * 1024;

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isFile = (file) => isCount(file?.records) && isCount(file?.bytes) && HEX.test(file?.sha256);

/**
 * The promise that data-transform made about its two files.
 *
 * @param {ReturnType<typeof import('@etl/store').createStore>} store
 * @param {import('./event').Source} source
 */
async function readSummary(store, { bucket, stem }) {
  const key = `${stem}.summary.json`;
  const { body } = await store.read(bucket, key);
  const chunks = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`s3://${bucket}/${key} is too long to be a summary`);
    chunks.push(chunk);
  }
  let summary;
  try {
    summary = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error(`s3://${bucket}/${key} is not JSON`);
  }
  const { counts, records, rejects } = summary ?? {};
  const numbers = [counts?.read, counts?.good, counts?.duplicates, counts?.rejected];
  if (!numbers.every(isCount) || !isFile(records) || !isFile(rejects)) {
    throw new Error(`s3://${bucket}/${key} has no counts and checksums`);
  }
  const [read, good, duplicates, rejected] = numbers;
  if (
    read !== good + duplicates + rejected ||
    records.records !== good ||
    rejects.records !== duplicates + rejected
  ) {
    throw new Error(`s3://${bucket}/${key}: the counts do not add up`);
  }
  return summary;
}

module.exports = { readSummary };
