import assert from 'node:assert/strict';
import { test } from 'node:test';

import { handler } from './index.mjs';

test('only what failed is given again', async () => {
  const Records = [
    { messageId: 'good', body: '{"id": 1}' },
    { messageId: 'bad', body: 'no JSON' },
  ];
  assert.deepEqual(await handler({ Records }), { batchItemFailures: [{ itemIdentifier: 'bad' }] });
});
