'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { directAnswer, queueAnswer } = require('../../batch-processor/answer');
const { readBatch } = require('../../batch-processor/event');
const { processBatch } = require('../../batch-processor/process');
const { handler } = require('../../batch-processor/index');
const { quietly } = require('../quietly');

const plenty = { chunkSize: 100, maxInFlight: 10, remainingMs: () => 60_000 };
const records = (count) => Array.from({ length: count }, (_, index) => ({ id: index + 1 }));
const message = (messageId, body) => ({
  messageId,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

test('a direct batch keeps the order of its records', async () => {
  const event = { records: records(2500) };
  const result = await quietly(() => handler(event));
  assert.equal(result.statusCode, 200);
  assert.equal(result.counts.processed, 2500);
  assert.deepEqual(
    result.records.map(({ id }) => id),
    event.records.map(({ id }) => id),
  );
  assert.equal(result.remaining, null);
});

test('one record under "data", a list, and an empty list', async () => {
  const one = await quietly(() => handler({ data: { id: 1, value: 'test' } }));
  assert.equal(one.counts.processed, 1);
  const list = await quietly(() => handler(records(3)));
  assert.equal(list.counts.processed, 3);
  const none = await quietly(() => handler({ records: [] }));
  assert.deepEqual(none.records, []);
  assert.equal(none.remaining, null);
});

test('failures and duplicates are told apart, with their places', async () => {
  const event = { records: [{ id: 1 }, { value: 'x' }, { id: '1' }, { id: 9, amount: 'x' }] };
  const result = await quietly(() => handler(event));
  assert.deepEqual(result.counts, { records: 4, processed: 1, duplicates: 1, failed: 2, left: 0 });
  assert.deepEqual(
    result.batchItemFailures.map(({ itemIdentifier, index }) => [itemIdentifier, index]),
    [
      ['1', 1],
      ['9', 3],
    ],
  );
});

test('the id of a batch comes from its content', () => {
  assert.equal(readBatch({ records: records(3) }).batchId, readBatch(records(3)).batchId);
  assert.notEqual(readBatch(records(3)).batchId, readBatch(records(4)).batchId);
});

test('it works in chunks, no more of them at a time than allowed', async () => {
  const batch = readBatch(records(1000));
  let looks = 0;
  const remainingMs = () => {
    looks += 1;
    return 60_000;
  };
  await processBatch(batch, { chunkSize: 50, maxInFlight: 4, remainingMs });
  assert.equal(looks, 5);
});

test('near the timeout it stops, and goes on from there without doubling', async () => {
  const event = { records: [...records(1000), { id: 1 }] };
  const batch = readBatch(event);
  let calls = 0;
  const remainingMs = () => (calls++ < 2 ? 60_000 : 1500);
  const outcome = await processBatch(batch, { chunkSize: 100, maxInFlight: 3, remainingMs });
  assert.equal(outcome.stopped, 'time');
  const answer = directAnswer(batch, outcome, { left: batch.items.length - outcome.next });
  assert.deepEqual(answer.remaining, { offset: 600, count: 401 });

  const rest = await processBatch(readBatch({ ...event, offset: 600 }), plenty);
  assert.equal(outcome.processed.length + rest.processed.length, 1000);
  assert.equal(rest.duplicates.length, 1, 'the first part is still known');
  assert.equal(readBatch({ ...event, offset: 600 }).batchId, batch.batchId);
});

test('an answer that would grow beyond what Lambda returns stops too', async () => {
  const big = Array.from({ length: 30 }, (_, index) => ({ id: index, note: 'x'.repeat(400_000) }));
  const outcome = await processBatch(readBatch(big), { ...plenty, chunkSize: 1, maxInFlight: 2 });
  assert.equal(outcome.stopped, 'size');
  assert.ok(outcome.next > 0 && outcome.next < 30);
  assert.ok(JSON.stringify(outcome.processed).length < 6_000_000);
});

test('SQS: exactly the failed messages come back', async () => {
  const event = {
    Records: [
      message('a', { id: 1 }),
      message('b', 'not json'),
      message('c', { id: 2, amount: 'x' }),
      message('d', [{ id: 3 }, { id: 4 }]),
      message('e', { records: [{ id: 5 }, { nothing: true }, 7] }),
      message('f', { id: 1 }),
      message('g', 'null'),
    ],
  };
  const result = await quietly(() => handler(event));
  const failed = ['b', 'c', 'e', 'g'].map((itemIdentifier) => ({ itemIdentifier }));
  assert.deepEqual(result, { batchItemFailures: failed });
});

test('SQS: what was not reached in time comes back too', async () => {
  const batch = readBatch({ Records: [message('a', { id: 1 }), message('b', { id: 2 })] });
  let calls = 0;
  const remainingMs = () => (calls++ === 0 ? 60_000 : 0);
  const outcome = await processBatch(batch, { chunkSize: 1, maxInFlight: 1, remainingMs });
  assert.deepEqual(queueAnswer(batch, outcome), { batchItemFailures: [{ itemIdentifier: 'b' }] });
});

test('SQS: an empty event has no failures', async () => {
  assert.deepEqual(await quietly(() => handler({ Records: [] })), { batchItemFailures: [] });
});

test('a malformed event fails the invocation', async () => {
  const malformed = [
    [null, /object or a list/],
    [{ poison: 1 }, /neither/],
    [{ records: 'x' }, /"records" must hold a list/],
    [{ data: 5 }, /"data" must hold a list/],
    [{ records: [], offset: 1 }, /"offset"/],
    [{ records: [], failuresTo: 'mail' }, /"failuresTo"/],
    [{ records: [], batchId: 7 }, /"batchId"/],
    [{ Records: [{ body: '{}' }] }, /Records\[0\]/],
  ];
  for (const [event, reason] of malformed) {
    await assert.rejects(
      quietly(() => handler(event)),
      reason,
    );
  }
});
