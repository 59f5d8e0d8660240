'use strict';

const { setImmediate: nextTurn } = require('node:timers/promises');
const { cleanRecord, KeyLedger } = require('@etl/records');

const RESERVE_MS = 2000;
// Lambda refuses an answer above 6 MB: the rest is for the next call.
const MAX_ANSWER_BYTES = 4_500_000;

const idOf = ({ messageId, index }, key) => messageId ?? key ?? String(index);

function processItem(item, schema) {
  if (item.fault) {
    return { reasons: [{ code: 'not-json', detail: item.fault }] };
  }
  return cleanRecord(item.record, schema);
}

async function processChunk(items, schema, work) {
  await nextTurn();
  return items.map((item) => ({ item, outcome: work(item, schema) }));
}

/**
 * Works through the batch in chunks, some of them at a time, and keeps the
 * order of the input. Between groups of chunks it looks at the clock.
 *
 * @param {import('./event').Batch} batch
 * @param {object} limits
 * @param {number} limits.chunkSize
 * @param {number} limits.maxInFlight
 * @param {() => number} limits.remainingMs
 * @param {typeof processItem} [limits.work]
 */
async function processBatch(batch, { chunkSize, maxInFlight, remainingMs, work = processItem }) {
  const { items, schema } = batch;
  const ledger = new KeyLedger();
  const result = { processed: [], duplicates: [], failures: [], next: batch.offset, stopped: null };
  let bytes = 0;

  // A batch that goes on after a stop must still know the keys of its first part.
  for (const item of items.slice(0, batch.offset)) {
    const { good } = work(item, schema);
    if (good) ledger.claim(good.key, good.checksum);
  }

  const settle = ({ item, outcome }) => {
    if (!outcome.good) {
      const { reasons, key } = outcome;
      result.failures.push({ itemIdentifier: idOf(item, key), index: item.index, reasons });
      return JSON.stringify(reasons).length;
    }
    const { key, checksum, record } = outcome.good;
    const reason = ledger.claim(key, checksum);
    if (reason) result.duplicates.push({ itemIdentifier: key, index: item.index, reason });
    else result.processed.push(record);
    return batch.source === 'queue' ? 0 : Buffer.byteLength(JSON.stringify(record));
  };

  while (result.next < items.length) {
    if (remainingMs() < RESERVE_MS) result.stopped = 'time';
    else if (bytes > MAX_ANSWER_BYTES) result.stopped = 'size';
    if (result.stopped) break;

    const chunks = [];
    const groupEnd = Math.min(items.length, result.next + chunkSize * maxInFlight);
    for (let start = result.next; start < groupEnd; start += chunkSize) {
      const chunk = items.slice(start, Math.min(groupEnd, start + chunkSize));
      chunks.push(processChunk(chunk, schema, work));
    }
    for (const settled of (await Promise.all(chunks)).flat()) {
      bytes += settle(settled) + 100;
      result.next += 1;
      if (bytes > MAX_ANSWER_BYTES) break;
    }
  }
  return result;
}

module.exports = { processBatch };
