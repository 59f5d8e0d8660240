'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { test } = require('node:test');
const { createSplitter } = require('../../data-ingestion/format');
const { decodeText } = require('../../data-ingestion/text');

const SIZES = [1, 2, 3, 7, 64, 1_000_000];

async function* cut(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What comes out must not depend on where the chunks were cut. */
async function read(content, { format, name } = {}) {
  const bytes = Buffer.from(content);
  const outcomes = [];
  for (const size of SIZES) {
    const splitter = createSplitter(format, name);
    const entries = [];
    for await (const text of decodeText(cut(bytes, size))) entries.push(...splitter.push(text));
    entries.push(...splitter.end());
    outcomes.push({ format: splitter.format, entries });
  }
  for (const outcome of outcomes) assert.deepEqual(outcome, outcomes.at(-1));
  const { format: found, entries } = outcomes.at(-1);
  for (const { line } of entries) assert.ok(!line.includes('\n'), 'one record, one line');
  return {
    format: found,
    lines: entries.filter(({ rejected }) => !rejected).map(({ line }) => line),
    rejects: entries
      .filter(({ rejected }) => rejected)
      .map(({ line }) => JSON.parse(line)['@reject']),
  };
}

const reasons = ({ rejects }) => rejects.map(({ reason }) => reason);

test('NDJSON, with CRLF, blank lines and without a last line end', async () => {
  const found = await read('{"id":1}\r\n\r\n  {"id":2}  \n\n{"id":3}');
  assert.equal(found.format, 'ndjson');
  assert.deepEqual(found.lines, ['{"id":1}', '{"id":2}', '{"id":3}']);
});

test('entries do not depend on where the text was cut', () => {
  for (const [format, text, good, rejected] of [
    ['ndjson', '{"id":1}\r\n\nbroken\n{"id":2}', 2, 1],
    ['json', '[{"a":"x\\"]"},\n 7, nope,[1,{}]]\n', 3, 1],
    ['csv', 'id,"a ""b"" c"\r\n1,"x\r\ny"\r\n2,"z"y\n3,"","\n"\n4,"end"', 2, 2],
    ['csv', 'id,name\n1,a\n2,"open\n3,c', 2, 1],
    ['csv', 'id,name\n1,"a"\rx\n2,"b"\r', 1, 1],
  ]) {
    const splitAt = (at) => {
      const splitter = createSplitter(format);
      const parts = [text.slice(0, at), text.slice(at)].flatMap((part) => splitter.push(part));
      return [...parts, ...splitter.end()];
    };
    const whole = splitAt(0);
    const bad = whole.filter((entry) => entry.rejected).length;
    assert.deepEqual([whole.length - bad, bad], [good, rejected], text);
    for (let at = 1; at < text.length; at += 1) {
      assert.deepEqual(splitAt(at), whole, `${JSON.stringify(text)} cut at ${at}`);
    }
  }
});

test('the name decides where the text leaves it open', async () => {
  for (const [text, name, format, count] of [
    ['[1]\n[2]\n', 'x.jsonl', 'ndjson', 2],
    ['[1]\n[2]\n', 'x', 'json', 2],
    ['[1,\n2]\n', 'x.ndjson', 'json', 2],
    ['"a" "b"\n', 'x.json', 'json', 2],
    ['"a, b"\n', 'x.jsonl.gz', 'ndjson', 1],
    ['"a"\n', 'x', 'ndjson', 1],
    ['"a"\n1\n', 'x.tsv', 'csv', 1],
  ]) {
    const found = await read(text, { name });
    assert.deepEqual([found.format, found.lines.length], [format, count], `${name}: ${text}`);
  }
});

test('a broken line costs only itself', async () => {
  const found = await read('{"id":1}\n{"id":2,\n{"id":3}\nnull\nnot json\n{"a":"\u0001"}\n');
  assert.deepEqual(found.lines, ['{"id":1}', '{"id":3}', 'null']);
  assert.deepEqual(reasons(found), ['invalid-json', 'invalid-json', 'invalid-json']);
  assert.equal(found.rejects[0].text, '{"id":2,');
});

test('a long line that is broken is shown in part, and known by its checksum', async () => {
  const line = `{"a":"${'x'.repeat(5000)}`;
  const { rejects } = await read(`${line}\n`, { format: 'ndjson' });
  const [{ text, characters, sha256 }] = rejects;
  assert.deepEqual([text, characters], [line.slice(0, 1000), line.length]);
  assert.equal(sha256, createHash('sha256').update(line).digest('hex'));
});

test('the text of a record is kept: big numbers and doubled keys arrive as they came', async () => {
  const line = '{"id":12345678901234567890,"id":2,"n":1.10}';
  assert.deepEqual((await read(`${line}\n`)).lines, [line]);
});

test('encodings: UTF-8 and UTF-16, with and without a mark, and Latin-1', async () => {
  const text = '{"id":1,"name":"Zoë – 東京 😀"}\r\n{"id":2,"name":"ü"}\r\n';
  const le = Buffer.from(text, 'utf16le');
  const be = Buffer.from(le).swap16();
  const wanted = text.trim().split('\r\n');
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    Buffer.concat([Buffer.from([0xff, 0xfe]), le]),
    Buffer.concat([Buffer.from([0xfe, 0xff]), be]),
    le,
    be,
  ]) {
    assert.deepEqual((await read(bytes)).lines, wanted);
  }
  const latin = Buffer.from('{"id":1,"name":"Zoë Müller"}\n{"id":2,"name":"é"}\n', 'latin1');
  assert.deepEqual((await read(latin)).lines, [
    '{"id":1,"name":"Zoë Müller"}',
    '{"id":2,"name":"é"}',
  ]);
  assert.deepEqual((await read(latin.subarray(0, -1))).lines, (await read(latin)).lines);
});

test('one line in another encoding does not spoil the others', async () => {
  const bytes = Buffer.concat([
    Buffer.from('{"id":1,"name":"東京"}\n'),
    Buffer.from('{"id":2,"name":"Müller"}\n', 'latin1'),
    Buffer.from('{"id":3,"name":"ü'),
    Buffer.from([0xfc]),
    Buffer.from('"}\n'),
  ]);
  assert.deepEqual((await read(bytes)).lines, [
    '{"id":1,"name":"東京"}',
    '{"id":2,"name":"Müller"}',
    '{"id":3,"name":"üü"}',
  ]);
});

test('a JSON list, on one line and on many', async () => {
  const wanted = ['{"id":1,"a":[1,{"b":"]},"}]}', '{"id":2}', '3', '"x,y"', 'null'];
  const oneLine = `[${wanted.join(',')}]`;
  assert.deepEqual((await read(oneLine)).lines, wanted);
  assert.equal((await read(oneLine)).format, 'json');
  const pretty = await read(
    '[\r\n  {\r\n    "id": 1,\r\n    "a": "x\\"\\\\"\r\n  },\r\n  {"id": 2}\r\n]\r\n',
  );
  assert.deepEqual(pretty.lines, ['{ "id": 1, "a": "x\\"\\\\" }', '{"id": 2}']);
});

test('one object on many lines, and several of them', async () => {
  const found = await read('{\n  "id": 1\n}\n{\n  "id": 2\n}\n');
  assert.deepEqual(found.lines, ['{ "id": 1 }', '{ "id": 2 }']);
});

test('broken elements of a list are rejected, and a list that ends too early is told', async () => {
  const found = await read('[{"id":1},{bad},{"id":2,},{"id":3},nope,{"id":4}]');
  assert.deepEqual(found.lines, ['{"id":1}', '{"id":3}', '{"id":4}']);
  assert.deepEqual(reasons(found), ['invalid-json', 'invalid-json', 'invalid-json']);

  const unclosed = await read('[\n{"id":1},\n{"id":"x},\n{"id":3}\n]');
  assert.deepEqual(unclosed.lines, ['{"id":1}', '{"id":3}']);
  assert.deepEqual(reasons(unclosed), ['invalid-json']);

  const truncated = await read('[{"id":1},{"id":2');
  assert.deepEqual(truncated.lines, ['{"id":1}']);
  assert.deepEqual(reasons(truncated), ['invalid-json', 'truncated']);
  assert.deepEqual((await read('[]')).lines, []);
  assert.deepEqual((await read(']]}, [{"id":1}]', { format: 'json' })).lines.at(-1), '{"id":1}');
});

test('CSV, with quotes, line ends inside them, and empty fields', async () => {
  const found = await read('id,name,note\r\n1,"Doe, ""J""","two\r\nlines"\r\n2,,\r\n\r\n3," x ",y');
  assert.equal(found.format, 'csv');
  assert.deepEqual(
    found.lines.map((line) => JSON.parse(line)),
    [
      { id: '1', name: 'Doe, "J"', note: 'two\r\nlines' },
      { id: '2', name: '', note: '' },
      { id: '3', name: ' x ', note: 'y' },
    ],
  );
});

test('CSV with other delimiters and a quoted header', async () => {
  for (const delimiter of [';', '\t', '|']) {
    const text = `"id"${delimiter}"a,b"\n1${delimiter}2,5\n`;
    assert.deepEqual((await read(text)).lines, ['{"id":"1","a,b":"2,5"}']);
  }
  assert.deepEqual((await read('id\n7\n', { name: 'x.csv' })).lines, ['{"id":"7"}']);
});

test('CSV rows that do not fit are rejected with their text', async () => {
  const found = await read('id,name\n1,a\n2\n3,b,c\n4,d\n');
  assert.deepEqual(found.lines, ['{"id":"1","name":"a"}', '{"id":"4","name":"d"}']);
  assert.deepEqual(reasons(found), ['csv-fields', 'csv-fields']);
  assert.equal(found.rejects[1].text, '3,b,c');
});

test('a stray quote costs one line and not the rest of the file', async () => {
  const middle = await read('id,name\n1,"open\n2,b\n3,"c"\n4,d\n');
  assert.deepEqual(reasons(middle), ['csv-quotes']);
  assert.deepEqual(
    middle.lines.map((line) => JSON.parse(line).id),
    ['2', '3', '4'],
  );
  const last = await read('id,name\n1,a\n2,"open\n3,c\n');
  assert.deepEqual(reasons(last), ['csv-quotes']);
  assert.equal(last.lines.length, 2);
  const inside = await read('id,name\n1,5" pipe\n2,"x"y\n3,z\n');
  assert.deepEqual(reasons(inside), ['csv-quotes']);
  assert.deepEqual(inside.lines[0], '{"id":"1","name":"5\\" pipe"}');
});

test('two equal column names stay two, and an empty one gets a name', async () => {
  assert.deepEqual((await read('id,x,x,\n1,2,3,4\n')).lines, [
    '{"id":"1","x":"2","x":"3","column_4":"4"}',
  ]);
});

test('a record without end is cut and rejected', async () => {
  const long = 'x'.repeat(9 * 1024 * 1024);
  for (const [head, tail, format] of [
    ['{"id":1}\n{"a":"', '"}\n{"id":2}\n', 'ndjson'],
    ['[{"id":1},{"a":"', '"},{"id":2}]', 'json'],
  ]) {
    const splitter = createSplitter(format);
    const entries = [];
    async function* chunks() {
      yield Buffer.from(head);
      for (let at = 0; at < 9; at += 1) yield Buffer.from(long.slice(0, 1024 * 1024));
      yield Buffer.from(tail);
    }
    for await (const text of decodeText(chunks())) entries.push(...splitter.push(text));
    entries.push(...splitter.end());
    assert.deepEqual(
      entries.map(({ line, rejected }) => (rejected ? JSON.parse(line)['@reject'].reason : line)),
      ['{"id":1}', 'record-too-long', '{"id":2}'],
    );
    assert.ok(entries[1].line.length < 5000);
  }
});

test('a record that is too long and comes in one piece is rejected', () => {
  const splitter = createSplitter('ndjson');
  const long = `{"a":"${'x'.repeat(9 * 1024 * 1024)}"}`;
  const entries = [...splitter.push(`${long}\n{"id":2}\n`), ...splitter.end()];
  const { reason, characters } = JSON.parse(entries[0].line)['@reject'];
  assert.deepEqual([reason, characters], ['record-too-long', long.length]);
  assert.deepEqual(entries.slice(1), [{ line: '{"id":2}' }]);
});

test('a record that is too long is counted to its end', () => {
  const splitter = createSplitter('ndjson');
  const pieces = ['x'.repeat(9 * 1024 * 1024), 'y'.repeat(100), 'z\n{"id":2}\n'];
  const entries = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
  const { characters, sha256 } = JSON.parse(entries[0].line)['@reject'];
  assert.deepEqual([characters, sha256], [9 * 1024 * 1024 + 101, undefined]);
  assert.deepEqual(entries.slice(1), [{ line: '{"id":2}' }]);
});

test('an open quote that reaches too far costs one line', () => {
  const splitter = createSplitter('csv');
  const rows = `2,${'b'.repeat(1000)}\n`.repeat(2200);
  const entries = [...splitter.push(`id,name\n1,"open\n${rows}`), ...splitter.end()];
  const { reason, text } = JSON.parse(entries[0].line)['@reject'];
  assert.deepEqual([reason, text], ['csv-quotes', '1,"open']);
  assert.deepEqual([entries.length, entries.at(-1).rejected], [2201, undefined]);
});

test('an open quote in a line without end is given up as far as it is known', () => {
  const splitter = createSplitter('csv');
  const open = `1,"${'x'.repeat(3 * 1024 * 1024)}`;
  const [entry] = splitter.push(`id,name\n${open}`);
  const { reason, characters } = JSON.parse(entry.line)['@reject'];
  assert.deepEqual([reason, characters], ['csv-quotes', open.length]);
  const rest = [...splitter.push('x\n2,b\n'), ...splitter.end()];
  assert.equal(rest.at(-1).line, '{"id":"2","name":"b"}');
});

test('a line without end is never cut inside a character', async () => {
  const text = '東'.repeat(4 * 1024 * 1024);
  const bytes = Buffer.from(text);
  for (const size of [9, 10, 11].map((odd) => 9 * 1024 * 1024 + odd)) {
    let decoded = '';
    for await (const part of decodeText(cut(bytes, size))) decoded += part;
    assert.ok(decoded === text, `cut at ${size}`);
  }
});

test('an empty source has no records', async () => {
  for (const content of ['', '\ufeff', ' \r\n\n']) {
    assert.deepEqual((await read(content)).lines, []);
  }
});
