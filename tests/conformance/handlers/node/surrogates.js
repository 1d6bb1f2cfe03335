exports.handler = async (event) => {
  console.log("lone \ud800 in a line");
  process.stdout.write("lone \udfff written\n");
  if (event.n === 2) throw new Error("lone \ud800 in an error");
  return "lone \ud800 in an answer";
};
