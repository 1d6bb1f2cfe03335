const { setTimeout } = await import("node:timers/promises");
await setTimeout(1);
export const deep = { er: { handler: async (event) => ["after await", event] } };
