'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { after, before, beforeEach, test } = require('node:test');
const { startEndpoint } = require('../endpoint');
const { quietly } = require('../quietly');

const ACTIONS = {
  // The SDK sends messages to the address that it got here.
  GetQueueUrl: ({ QueueName }) => ({
    QueueUrl: `${process.env.AWS_ENDPOINT_URL}/000000000000/${QueueName}`,
  }),
  SendMessageBatch: ({ Entries }) => ({
    Successful: Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    })),
  }),
};

let server;
let calls;
let api;
let processor;

before(async () => {
  server = await startEndpoint(({ headers, body }) => {
    const action = headers['x-amz-target'].replace('AmazonSQS.', '');
    const input = JSON.parse(body);
    calls.push({ action, input });
    return {
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: JSON.stringify(ACTIONS[action](input)),
    };
  });
  process.env.BATCH_SIZE = '2';
  process.env.MAX_CONNECTIONS = '1';
  api = require('../../api-handler/index').handler;
  processor = require('../../batch-processor/index').handler;
});

beforeEach(() => {
  calls = [];
});

after(() => server.close());

async function invoke(handler, event, context) {
  const lines = [];
  const result = await quietly(() => handler(event, context), lines);
  return { result, lines: lines.map((line) => JSON.parse(line)) };
}

const plenty = () => 60_000;

test('api-handler asks SQS for the queue of its suffix', async () => {
  const context = { functionName: 'api-handler-dev', awsRequestId: 'r-1' };
  const { result, lines } = await invoke(api, { httpMethod: 'GET', path: '/status' }, context);
  assert.equal(result.statusCode, 200);
  const { status, deadLetterQueue, maxConnections } = JSON.parse(result.body);
  assert.deepEqual([status, deadLetterQueue, maxConnections], ['ok', 'reachable', 1]);
  assert.deepEqual(calls, [{ action: 'GetQueueUrl', input: { QueueName: 'lambda-dlq-dev' } }]);
  const ours = lines.filter(({ message }) => message !== 'process warning');
  assert.deepEqual(
    ours.map(({ message, route, requestId }) => [message, route, requestId]),
    [
      ['request answered', 'http GET /status', 'r-1'],
      ['invocation finished', undefined, 'r-1'],
    ],
  );
});

test('api-handler logs why it refused a request', async () => {
  const { result, lines } = await invoke(api, { httpMethod: 'POST', path: '/batches', body: '{' });
  assert.equal(result.statusCode, 400);
  const { statusCode, reason } = lines.find(({ message }) => message === 'request answered');
  assert.deepEqual([statusCode, reason], [400, 'the body is not valid JSON']);
});

test('batch-processor sends the failures of a direct batch to the dead-letter queue', async () => {
  const records = [{ id: 1 }, { id: 2, amount: 'x' }, { note: 'no key' }];
  const event = { records, batchId: 'b-1', failuresTo: 'dead-letter-queue' };
  const context = { functionName: 'batch-processor-dev', getRemainingTimeInMillis: plenty };
  const { result } = await invoke(processor, event, context);
  assert.equal(result.counts.failed, 2);
  assert.deepEqual(
    calls.map(({ action }) => action),
    ['GetQueueUrl', 'SendMessageBatch'],
  );
  const { QueueUrl, Entries } = calls[1].input;
  assert.match(QueueUrl, /\/000000000000\/lambda-dlq-dev$/);
  const bodies = Entries.map(({ MessageBody }) => JSON.parse(MessageBody));
  assert.deepEqual(
    bodies.map(({ batchId, function: name, itemIdentifier }) => [batchId, name, itemIdentifier]),
    [
      ['b-1', 'batch-processor-dev', '2'],
      ['b-1', 'batch-processor-dev', '2'],
    ],
  );
  assert.deepEqual(
    bodies.map(({ index, reasons: [{ code }] }) => [index, code]),
    [
      [1, 'bad-number'],
      [2, 'bad-key'],
    ],
  );
});

test('batch-processor sends nothing where nothing failed or nobody asked', async () => {
  const context = { functionName: 'batch-processor-dev' };
  await invoke(processor, { records: [{ id: 1 }], failuresTo: 'dead-letter-queue' }, context);
  await invoke(processor, { records: [{ note: 'no key' }] }, context);
  assert.deepEqual(calls, []);
});

test('batch-processor works in groups of its settings, and warns when it stops early', async () => {
  let looks = 0;
  const getRemainingTimeInMillis = () => (looks++ === 0 ? 60_000 : 1000);
  const event = [{ id: 1 }, { id: 2 }, { id: 3 }];
  const { result, lines } = await invoke(processor, event, { getRemainingTimeInMillis });
  assert.equal(result.stopped, 'time');
  assert.deepEqual(result.remaining, { offset: 2, count: 1 });
  const { level, because, counts } = lines.find(({ message }) => message === 'stopped early');
  assert.deepEqual([level, because, counts.left], ['WARN', 'time', 1]);
});
