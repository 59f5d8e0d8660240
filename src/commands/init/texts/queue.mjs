// Works on messages one by one. Those that fail are told to Lambda, which gives them again; the others
// are done.
export const handler = async (event) => {
  const failed = [];
  for (const record of event.Records ?? []) {
    try {
      await work(JSON.parse(record.body));
    } catch (error) {
      console.error(JSON.stringify({ message: record.messageId, error: error.message }));
      failed.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures: failed };
};

const work = async (message) => {
  console.log(JSON.stringify({ message }));
};
