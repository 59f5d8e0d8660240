'use strict';

// Stands for work of any kind: it says what it got. Of messages and records of a queue it names those
// that it could not read, so that only they come again.
exports.handler = async (event) => {
  const batchItemFailures = [];
  for (const { messageId, body } of event.Records ?? []) {
    try {
      if (messageId) JSON.parse(body);
    } catch {
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  console.log(JSON.stringify({ got: event }));
  return event.Records ? { batchItemFailures } : event;
};
