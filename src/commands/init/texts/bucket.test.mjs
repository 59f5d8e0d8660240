import assert from 'node:assert/strict';
import { test } from 'node:test';

import { handler } from './index.mjs';

test('keys are decoded', async () => {
  const Records = [{ s3: { bucket: { name: 'raw' }, object: { key: 'in/a+b%2Fc.csv' } } }];
  assert.deepEqual(await handler({ Records }), { objects: [{ bucket: 'raw', key: 'in/a b/c.csv' }] });
});
