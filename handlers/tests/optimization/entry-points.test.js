'use strict';

const assert = require('node:assert/strict');
const { after, before, beforeEach, test } = require('node:test');
const { startEndpoint } = require('../endpoint');
const { quietly } = require('../quietly');
const { PREFIX, STEM, transformedObjects } = require('./transformed');

let server;
let objects;
let ingestion;
let output;

before(async () => {
  server = await startEndpoint(({ method, path, body }) => {
    if (method === 'PUT') {
      objects.set(path, body);
      return {};
    }
    if (['/in', '/in/'].includes(path)) return { body: listing() };
    const found = objects.get(path);
    if (!found && method === 'HEAD') return { status: 404 };
    if (!found) return { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' };
    const headers = { 'last-modified': 'Mon, 06 May 2024 07:08:09 GMT', etag: '"e"' };
    return { headers, body: found };
  });
  ingestion = require('../../data-ingestion/index').handler;
  // The other name of the same setting.
  process.env.AWS_ENDPOINT_URL_S3 = process.env.AWS_ENDPOINT_URL;
  delete process.env.AWS_ENDPOINT_URL;
  output = require('../../data-output/index').handler;
});

/** What arrived an hour and a half ago, as S3 lists it. */
function listing() {
  const modified = new Date(Date.now() - 90 * 60_000).toISOString();
  const found = [...objects.keys()].filter((path) => path.startsWith('/in/incoming/'));
  const items = found.map((path) => {
    const key = `<Key>${path.slice('/in/'.length)}</Key>`;
    return `<Contents>${key}<LastModified>${modified}</LastModified><ETag>"e"</ETag></Contents>`;
  });
  return `<ListBucketResult>${items.join('')}<IsTruncated>false</IsTruncated></ListBucketResult>`;
}

beforeEach(() => {
  objects = new Map();
  Object.assign(process.env, { INGESTION_BUCKET: 'in', OUTPUT_BUCKET: 'out' });
});

after(() => server.close());

async function invoke(handler, event, lines = [], context = {}) {
  const written = [];
  try {
    return await quietly(() => handler(event, { functionName: 'f', ...context }), written);
  } finally {
    lines.push(...written.map((line) => JSON.parse(line)));
  }
}

// The SDK may have warned of the Node.js version in a line of its own.
const lineOf = (lines, message) => lines.find((line) => line.message === message);

function putTransformed() {
  for (const [key, text] of Object.entries(transformedObjects().objects)) {
    objects.set(`/in/${key}`, Buffer.from(text));
  }
}

test('data-ingestion copies an object of its bucket to the raw area', async () => {
  objects.set('/in/a/orders.csv', Buffer.from('id,name\n1,a\n2\n'));
  const lines = [];
  const result = await invoke(ingestion, { dataset: 'orders', key: 'a/orders.csv' }, lines);
  assert.equal(result.key, `raw/orders/2024-05-06/${result.id}.ndjson`);
  assert.deepEqual([result.count, result.rejected, result.format], [2, 1, 'csv']);
  const [first] = objects.get(`/in/${result.key}`).toString().split('\n');
  assert.equal(first, '{"id":"1","name":"a"}');
  const { key, rejected } = lineOf(lines, 'raw object written');
  assert.deepEqual([key, rejected], [result.key, 1]);
});

const notified = (...keys) => ({
  Records: keys.map((key) => ({ s3: { bucket: { name: 'in' }, object: { key } } })),
});

test('data-ingestion takes in what S3 and EventBridge say has arrived', async () => {
  objects.set('/in/incoming/orders/a.csv', Buffer.from('id\n1\n'));
  const { results } = await invoke(ingestion, notified('incoming/orders/a.csv'));
  assert.match(results[0].key, /^raw\/orders\/2024-05-06\//);
  const detail = { bucket: { name: 'in' }, object: { key: 'incoming/orders/a.csv' } };
  assert.deepEqual(await invoke(ingestion, { detail }), results[0]);

  const { dataset, date, id } = results[0];
  objects.set(`/out/processed/${dataset}/${date}/${id}/manifest.json`, Buffer.from('{}'));
  const lines = [];
  assert.deepEqual(await invoke(ingestion, { detail }, lines), results[0]);
  assert.equal(lineOf(lines, 'finished before').key, results[0].key);
  const event = { dataset, date, key: 'incoming/orders/a.csv' };
  assert.deepEqual(await invoke(ingestion, event, lines), results[0]);
  assert.equal(lineOf(lines, 'raw object left as it is').count, 1);
});

test('data-ingestion warns of an object that is gone', async () => {
  const lines = [];
  const { results } = await invoke(ingestion, notified('incoming/orders/a.csv'), lines);
  assert.deepEqual(results, [{ bucket: 'in', key: 'incoming/orders/a.csv', gone: true }]);
  assert.equal(lineOf(lines, 'object is gone').level, 'WARN');
});

test('data-ingestion sweeps up what its notification did not bring to its end', async () => {
  objects.set('/in/incoming/orders/a.csv', Buffer.from('id\n1\n'));
  const lines = [];
  const { again, left } = await invoke(ingestion, { sweep: {} }, lines);
  assert.deepEqual([again.length, left], [1, false]);
  assert.ok(objects.has(`/in/${again[0].raw}`));
  assert.equal(lineOf(lines, 'swept').level, 'INFO');

  objects.set('/in/incoming/bad name/a.csv', Buffer.from('id\n1\n'));
  await assert.rejects(
    invoke(ingestion, { sweep: {} }),
    /1 objects could not be ingested: incoming\/bad name\/a\.csv: "dataset"/,
  );
  delete process.env.OUTPUT_BUCKET;
  await assert.rejects(invoke(ingestion, { sweep: {} }), /OUTPUT_BUCKET is not set/);
});

test('a sweep that has no time left says where to go on', async () => {
  objects.set('/in/incoming/orders/a.csv', Buffer.from('id\n1\n'));
  const lines = [];
  const context = { getRemainingTimeInMillis: () => 1000 };
  const { left } = await invoke(ingestion, { sweep: {} }, lines, context);
  const { level, next } = lineOf(lines, 'swept');
  assert.deepEqual([left, level, next.sweep.days], [true, 'WARN', 7]);
});

test('data-ingestion needs to know its bucket', async () => {
  delete process.env.INGESTION_BUCKET;
  const lines = [];
  await assert.rejects(invoke(ingestion, { records: [] }, lines), /INGESTION_BUCKET is not set/);
  assert.equal(lineOf(lines, 'invocation failed').level, 'ERROR');
  assert.equal(objects.size, 0);
});

test('data-output publishes what one result names', async () => {
  putTransformed();
  const lines = [];
  const result = await invoke(output, { key: `${STEM}.ndjson` }, lines);
  assert.deepEqual([result.bucket, result.manifestKey], ['out', `${PREFIX}/manifest.json`]);
  const manifest = JSON.parse(objects.get(`/out/${PREFIX}/manifest.json`));
  assert.deepEqual(manifest.counts, result.counts);
  const { dataset, counts } = lineOf(lines, 'dataset published');
  assert.deepEqual([dataset, counts.good], ['orders', 2]);
});

test('data-output gives a list of results where a notification asks', async () => {
  putTransformed();
  const gone = STEM.replace('orders', 'gone');
  const lines = [];
  const event = notified(`${STEM}.summary.json`, `${gone}.summary.json`);
  const { results } = await invoke(output, event, lines);
  assert.deepEqual(
    results.map(({ prefix, key }) => prefix ?? key),
    [PREFIX, `${gone}.summary.json`],
  );
  assert.equal(lineOf(lines, 'object is gone').level, 'WARN');
});

test('data-output fails where its source is gone', async () => {
  const lines = [];
  await assert.rejects(
    invoke(output, { key: `${STEM}.ndjson` }, lines),
    /summary\.json: NoSuchKey/,
  );
  await assert.rejects(invoke(output, notified(`${STEM}.ndjson`)), /summary\.json: NoSuchKey/);
  assert.equal(lineOf(lines, 'invocation failed').level, 'ERROR');
});
