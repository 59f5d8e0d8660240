// Is told of new objects of the bucket. Keys come encoded as in a query string.
export const handler = async (event) => {
  const objects = (event.Records ?? []).map(({ s3 }) => ({
    bucket: s3.bucket.name,
    key: decodeURIComponent(s3.object.key.replaceAll('+', ' ')),
  }));
  for (const object of objects) {
    console.log(JSON.stringify(object));
  }
  return { objects };
};
