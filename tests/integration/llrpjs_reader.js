// A reader made of llrpjs: node llrpjs_reader.js PORT. It answers five requests, numbers its replies by itself,
// ignores what else it knows, and reports one tag every 50 ms once it is started.
const { LLRPCore, LLRPServer } = require("llrpjs");

const EPC = [0x30, 0x34, 0x25, 0x7b, 0xf7, 0x19, 0x4e, 0x40, 0x00, 0x00, 0x1a, 0x85];
const reader = new LLRPServer({ host: "127.0.0.1", port: Number(process.argv[2]) });
const success = { LLRPStatus: { StatusCode: "M_Success", ErrorDescription: "" } };
let timer = null;

const report = () => reader.send(new LLRPCore.RO_ACCESS_REPORT({ data: { TagReportData: {
  EPC_96: { EPC },
  AntennaID: { AntennaID: 1 },
  FirstSeenTimestampUTC: { Microseconds: new Date() },
  LastSeenTimestampUTC: { Microseconds: new Date() },
} } })).catch(() => {});

for (const name of ["SET_READER_CONFIG", "DELETE_ROSPEC", "ADD_ROSPEC", "ENABLE_ROSPEC", "START_ROSPEC"]) {
  reader.on(name, async () => {
    await reader.send(new LLRPCore[`${name}_RESPONSE`]({ data: success }));
    if (name === "START_ROSPEC" && timer === null) timer = setInterval(report, 50);
  });
}
reader.on("CLOSE_CONNECTION", async () => {
  await reader.send(new LLRPCore.CLOSE_CONNECTION_RESPONSE({ data: success }));
  await reader.disconnect();
});
reader.on("connection", () => reader.send(new LLRPCore.READER_EVENT_NOTIFICATION({ data: {
  ReaderEventNotificationData: {
    UTCTimestamp: { Microseconds: new Date() },
    ConnectionAttemptEvent: { Status: "Success" },
  },
} })));
reader.on("disconnect", () => { clearInterval(timer); timer = null; });
reader.on("error", () => {});
reader.listen();
