'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createApi } = require('../../api-handler/api');

const reachable = { url: async () => 'https://sqs.test/lambda-dlq-dev' };
const invocation = { functionName: 'api-handler-dev' };
const call = async (event, deadLetters = reachable) => {
  const { response, reason } = await createApi({ deadLetters })(event, invocation);
  return { ...response, content: JSON.parse(response.body), reason };
};

const v1 = (httpMethod, path, body) => ({
  httpMethod,
  path,
  body,
  requestContext: { stage: 'dev' },
});
const v2 = (method, rawPath, body, more) => ({
  version: '2.0',
  rawPath,
  body,
  requestContext: { stage: '$default', http: { method, path: rawPath } },
  ...more,
});
const batch = JSON.stringify({
  records: [{ id: 1 }, { id: 2 }, { id: '1' }, { id: 3, date: '?' }],
});

test('health, in every kind of event', async () => {
  for (const event of [
    v1('GET', '/health'),
    v1('GET', '/dev/health/'),
    v1('GET', '/dev'),
    v2('GET', '/health'),
    { ...v2('GET', '/prod/health'), requestContext: { stage: 'prod', http: { method: 'GET' } } },
    { action: 'health' },
  ]) {
    const { statusCode, content } = await call(event);
    assert.equal(statusCode, 200);
    assert.equal(content.status, 'ok');
  }
});

test('any direct event of JSON is answered with 200', async () => {
  const events = [
    {},
    { data: { id: 1 } },
    { action: 'unheard-of' },
    [],
    [1],
    null,
    'text',
    5,
    true,
  ];
  for (const event of events) assert.equal((await call(event)).statusCode, 200);
});

test('status looks at the dead-letter queue', async () => {
  const good = await call(v2('GET', '/status'));
  assert.equal(good.content.status, 'ok');
  assert.equal(good.content.maxConnections, 10);
  const failing = {
    url: async () => {
      throw Object.assign(new Error('secret detail'), { name: 'QueueDoesNotExist' });
    },
  };
  const bad = await call({ action: 'status' }, failing);
  assert.equal(bad.statusCode, 200);
  assert.equal(bad.content.status, 'degraded');
  assert.equal(bad.content.deadLetterQueue, 'unreachable: QueueDoesNotExist');
  assert.ok(!bad.body.includes('secret detail'));
});

test('a batch is checked and gets the same id each time', async () => {
  const plain = await call(v2('POST', '/batches', batch));
  assert.equal(plain.statusCode, 200);
  assert.deepEqual(plain.content.counts, { records: 4, good: 2, duplicates: 1, rejected: 1 });
  assert.deepEqual(plain.content.next, { function: 'batch-processor-dev' });
  assert.equal(plain.content.rejects[0].index, 3);

  const encoded = Buffer.from(batch).toString('base64');
  const base64 = await call(v2('POST', '/batches', encoded, { isBase64Encoded: true }));
  const direct = await call({ action: 'submit-batch', ...JSON.parse(batch) });
  const first = await call(v1('POST', '/dev/batches', batch));
  for (const other of [base64, direct, first]) {
    assert.equal(other.content.batchId, plain.content.batchId);
  }
});

test('malformed requests are answered with 400 and the reason', async () => {
  const malformed = [
    [v2('POST', '/batches', 'not json'), /not valid JSON/],
    [v2('POST', '/batches', ''), /needs a JSON body/],
    [v2('POST', '/batches'), /needs a JSON body/],
    [v2('POST', '/batches', '{}'), /must be a list/],
    [v2('POST', '/batches', 'null'), /must be a list/],
    [v2('POST', '/batches', '{"records":[]}'), /is empty/],
    [v2('POST', '/batches', '[{"value":1}]'), /no record is valid; the first one: bad-key: id:/],
    [v2('POST', '/batches', '["x"]'), /not-an-object/],
    [v2('POST', '/batches', '{"records":[{"id":1}],"schema":{"a":1}}'), /schema\.a/],
    [v2('POST', '/batches', JSON.stringify(Array(10_001).fill({ id: 1 }))), /at most 10000/],
    [{ action: 'submit-batch' }, /must be a list/],
    [{ httpMethod: 'GET' }, /no method and path/],
    [{ httpMethod: 5, path: '/health' }, /no method and path/],
    [{ requestContext: {} }, /no method and path/],
    [{ version: '2.0', rawPath: '/health' }, /no method and path/],
  ];
  for (const [event, reason] of malformed) {
    const { statusCode, content } = await call(event);
    assert.equal(statusCode, 400, JSON.stringify(event).slice(0, 200));
    assert.match(content.error, reason);
  }
});

test('the reason never quotes the body', async () => {
  const { body } = await call(v2('POST', '/batches', '{"password": hunter2}'));
  assert.ok(!body.includes('hunter2'));
});

test('a fault of our own is not answered as one of the caller', async () => {
  const nameless = createApi({ deadLetters: reachable })(v2('POST', '/batches', batch), {});
  await assert.rejects(nameless, TypeError);
});

test('unknown paths and methods', async () => {
  assert.equal((await call(v2('GET', '/nothing'))).statusCode, 404);
  assert.equal((await call(v2('GET', '/constructor'))).statusCode, 404);
  const wrong = await call(v2('DELETE', '/batches'));
  assert.equal(wrong.statusCode, 405);
  assert.equal(wrong.headers.allow, 'POST');
});
