Promise.reject(new Error("while loading, later")); exports.handler = async () => 1;
