// A client made of llrpjs: node llrpjs_client.js PORT. Sets up an inventory and prints the EPC of each read, one
// per line; ends after a hundred.
const { LLRPClient, LLRPCore } = require("llrpjs");

const reader = new LLRPClient({ host: "127.0.0.1", port: Number(process.argv[2]) });
const ROSpecID = 7;
let left = 100;

const rospec = {
  ROSpecID, Priority: 0, CurrentState: "Disabled",
  ROBoundarySpec: {
    ROSpecStartTrigger: { ROSpecStartTriggerType: "Null" },
    ROSpecStopTrigger: { ROSpecStopTriggerType: "Null", DurationTriggerValue: 0 },
  },
  AISpec: {
    AntennaIDs: [0],
    AISpecStopTrigger: { AISpecStopTriggerType: "Null", DurationTrigger: 0 },
    InventoryParameterSpec: { InventoryParameterSpecID: 1, ProtocolID: "EPCGlobalClass1Gen2" },
  },
  ROReportSpec: {
    ROReportTrigger: "Upon_N_Tags_Or_End_Of_ROSpec", N: 1,
    TagReportContentSelector: {
      EnableROSpecID: false, EnableSpecIndex: false, EnableInventoryParameterSpecID: false,
      EnableAntennaID: true, EnableChannelIndex: false, EnablePeakRSSI: true,
      EnableFirstSeenTimestamp: false, EnableLastSeenTimestamp: true, EnableTagSeenCount: true,
      EnableAccessSpecID: false,
    },
  },
};

const asked = async (request) => {
  const status = (await reader.transact(request)).getLLRPStatus();
  if (status.getStatusCode() !== "M_Success") throw new Error(status.getErrorDescription());
};

reader.on("RO_ACCESS_REPORT", (message) => {
  for (const tag of [message.getTagReportData()].flat()) {
    console.log(tag.getEPCParameter().getEPC());
    if (--left === 0) process.exit(0);
  }
});

(async () => {
  await reader.connect();
  const greeting = await reader.recv(5000);
  const attempt = greeting.getReaderEventNotificationData().getConnectionAttemptEvent();
  if (attempt.getStatus() !== "Success") throw new Error(attempt.getStatus());
  await asked(new LLRPCore.SET_READER_CONFIG({ data: { ResetToFactoryDefault: true } }));
  await asked(new LLRPCore.DELETE_ROSPEC({ data: { ROSpecID: 0 } }));
  await asked(new LLRPCore.ADD_ROSPEC({ data: { ROSpec: rospec } }));
  await asked(new LLRPCore.ENABLE_ROSPEC({ data: { ROSpecID } }));
  await asked(new LLRPCore.START_ROSPEC({ data: { ROSpecID } }));
})().catch((error) => { console.error(error); process.exit(1); });
