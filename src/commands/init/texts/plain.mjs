// Does its work once an invocation. What it returns is what `etlctl invoke work` prints.
export const handler = async (event) => {
  const stage = process.env.STAGE ?? 'none';
  console.log(JSON.stringify({ stage, event }));
  return { done: true, stage };
};
