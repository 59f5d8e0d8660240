import assert from 'node:assert/strict';
import { test } from 'node:test';

import { handler } from './index.mjs';

test('it tells its stage', async () => {
  process.env.STAGE = 'test';
  assert.deepEqual(await handler({}), { done: true, stage: 'test' });
});
