export const handler = async (event) => ({ module: event, require: typeof require });
export const failing = async () => {
  throw new Error("from a module");
};
export default { inDefault: async () => "in default" };
export function callback(event, context, done) {
  done(null, "called back");
}
