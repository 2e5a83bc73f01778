"""The numbers of LLRP 1.0.1 and 1.1 under the standard's own names (LLRP 1.1, chapters 16 and 17)."""

from enum import IntEnum
from typing import Final

PROTOCOL_VERSIONS: Final = {1: "1.0.1", 2: "1.1", 3: "2.0"}
"""What the version number of a message header stands for."""


class MessageType(IntEnum):
    """Bits 6 to 15 of a message header."""

    GET_READER_CAPABILITIES = 1
    GET_READER_CONFIG = 2
    SET_READER_CONFIG = 3
    CLOSE_CONNECTION_RESPONSE = 4
    GET_READER_CAPABILITIES_RESPONSE = 11
    GET_READER_CONFIG_RESPONSE = 12
    SET_READER_CONFIG_RESPONSE = 13
    CLOSE_CONNECTION = 14
    ADD_ROSPEC = 20
    DELETE_ROSPEC = 21
    START_ROSPEC = 22
    STOP_ROSPEC = 23
    ENABLE_ROSPEC = 24
    DISABLE_ROSPEC = 25
    GET_ROSPECS = 26
    ADD_ROSPEC_RESPONSE = 30
    DELETE_ROSPEC_RESPONSE = 31
    START_ROSPEC_RESPONSE = 32
    STOP_ROSPEC_RESPONSE = 33
    ENABLE_ROSPEC_RESPONSE = 34
    DISABLE_ROSPEC_RESPONSE = 35
    GET_ROSPECS_RESPONSE = 36
    ADD_ACCESSSPEC = 40
    DELETE_ACCESSSPEC = 41
    ENABLE_ACCESSSPEC = 42
    DISABLE_ACCESSSPEC = 43
    GET_ACCESSSPECS = 44
    CLIENT_REQUEST_OP = 45
    GET_SUPPORTED_VERSION = 46
    SET_PROTOCOL_VERSION = 47
    ADD_ACCESSSPEC_RESPONSE = 50
    DELETE_ACCESSSPEC_RESPONSE = 51
    ENABLE_ACCESSSPEC_RESPONSE = 52
    DISABLE_ACCESSSPEC_RESPONSE = 53
    GET_ACCESSSPECS_RESPONSE = 54
    CLIENT_REQUEST_OP_RESPONSE = 55
    GET_SUPPORTED_VERSION_RESPONSE = 56
    SET_PROTOCOL_VERSION_RESPONSE = 57
    GET_REPORT = 60
    RO_ACCESS_REPORT = 61
    KEEPALIVE = 62
    READER_EVENT_NOTIFICATION = 63
    ENABLE_EVENTS_AND_REPORTS = 64
    KEEPALIVE_ACK = 72
    ERROR_MESSAGE = 100
    CUSTOM_MESSAGE = 1023


FIRST_TLV_TYPE: Final = 128
"""Parameters are TLV (type, length, value) from here on, TV (one byte of type, fixed length) below."""


class ParameterType(IntEnum):
    AntennaID = 1
    FirstSeenTimestampUTC = 2
    FirstSeenTimestampUptime = 3
    LastSeenTimestampUTC = 4
    LastSeenTimestampUptime = 5
    PeakRSSI = 6
    ChannelIndex = 7
    TagSeenCount = 8
    ROSpecID = 9
    InventoryParameterSpecID = 10
    C1G2CRC = 11
    C1G2PC = 12
    EPC96 = 13
    SpecIndex = 14
    ClientRequestOpSpecResult = 15
    AccessSpecID = 16
    OpSpecID = 17
    C1G2SingulationDetails = 18
    C1G2XPCW1 = 19
    C1G2XPCW2 = 20
    UTCTimestamp = 128
    Uptime = 129
    GeneralDeviceCapabilities = 137
    ReceiveSensitivityTableEntry = 139
    PerAntennaAirProtocol = 140
    GPIOCapabilities = 141
    LLRPCapabilities = 142
    RegulatoryCapabilities = 143
    UHFBandCapabilities = 144
    TransmitPowerLevelTableEntry = 145
    FrequencyInformation = 146
    FrequencyHopTable = 147
    FixedFrequencyTable = 148
    PerAntennaReceiveSensitivityRange = 149
    ROSpec = 177
    ROBoundarySpec = 178
    ROSpecStartTrigger = 179
    PeriodicTriggerValue = 180
    GPITriggerValue = 181
    ROSpecStopTrigger = 182
    AISpec = 183
    AISpecStopTrigger = 184
    TagObservationTrigger = 185
    InventoryParameterSpec = 186
    RFSurveySpec = 187
    RFSurveySpecStopTrigger = 188
    AccessSpec = 207
    AccessSpecStopTrigger = 208
    AccessCommand = 209
    ClientRequestOpSpec = 210
    ClientRequestResponse = 211
    LLRPConfigurationStateValue = 217
    Identification = 218
    GPOWriteData = 219
    KeepaliveSpec = 220
    AntennaProperties = 221
    AntennaConfiguration = 222
    RFReceiver = 223
    RFTransmitter = 224
    GPIPortCurrentState = 225
    EventsAndReports = 226
    ROReportSpec = 237
    TagReportContentSelector = 238
    AccessReportSpec = 239
    TagReportData = 240
    EPCData = 241
    RFSurveyReportData = 242
    FrequencyRSSILevelEntry = 243
    ReaderEventNotificationSpec = 244
    EventNotificationState = 245
    ReaderEventNotificationData = 246
    HoppingEvent = 247
    GPIEvent = 248
    ROSpecEvent = 249
    ReportBufferLevelWarningEvent = 250
    ReportBufferOverflowErrorEvent = 251
    ReaderExceptionEvent = 252
    RFSurveyEvent = 253
    AISpecEvent = 254
    AntennaEvent = 255
    ConnectionAttemptEvent = 256
    ConnectionCloseEvent = 257
    LLRPStatus = 287
    FieldError = 288
    ParameterError = 289
    C1G2LLRPCapabilities = 327
    C1G2UHFRFModeTable = 328
    C1G2UHFRFModeTableEntry = 329
    C1G2InventoryCommand = 330
    C1G2Filter = 331
    C1G2TagInventoryMask = 332
    C1G2TagInventoryStateAwareFilterAction = 333
    C1G2TagInventoryStateUnawareFilterAction = 334
    C1G2RFControl = 335
    C1G2SingulationControl = 336
    C1G2TagInventoryStateAwareSingulationAction = 337
    C1G2TagSpec = 338
    C1G2TargetTag = 339
    C1G2Read = 341
    C1G2Write = 342
    C1G2Kill = 343
    C1G2Lock = 344
    C1G2LockPayload = 345
    C1G2BlockErase = 346
    C1G2BlockWrite = 347
    C1G2EPCMemorySelector = 348
    C1G2ReadOpSpecResult = 349
    C1G2WriteOpSpecResult = 350
    C1G2KillOpSpecResult = 351
    C1G2LockOpSpecResult = 352
    C1G2BlockEraseOpSpecResult = 353
    C1G2BlockWriteOpSpecResult = 354
    LoopSpec = 355
    SpecLoopEvent = 356
    C1G2Recommission = 357
    C1G2BlockPermalock = 358
    C1G2GetBlockPermalockStatus = 359
    C1G2RecommissionOpSpecResult = 360
    C1G2BlockPermalockOpSpecResult = 361
    C1G2GetBlockPermalockStatusOpSpecResult = 362
    MaximumReceiveSensitivity = 363
    RFSurveyFrequencyCapabilities = 365
    Custom = 1023


class StatusCode(IntEnum):
    """LLRPStatus: what was wrong, and whether with the message, a parameter, a field or the device."""

    M_Success = 0
    M_ParameterError = 100
    M_FieldError = 101
    M_UnexpectedParameter = 102
    M_MissingParameter = 103
    M_DuplicateParameter = 104
    M_OverflowParameter = 105
    M_OverflowField = 106
    M_UnknownParameter = 107
    M_UnknownField = 108
    M_UnsupportedMessage = 109
    M_UnsupportedVersion = 110
    M_UnsupportedParameter = 111
    M_UnexpectedMessage = 112
    P_ParameterError = 200
    P_FieldError = 201
    P_UnexpectedParameter = 202
    P_MissingParameter = 203
    P_DuplicateParameter = 204
    P_OverflowParameter = 205
    P_OverflowField = 206
    P_UnknownParameter = 207
    P_UnknownField = 208
    P_UnsupportedParameter = 209
    A_Invalid = 300
    A_OutOfRange = 301
    R_DeviceError = 401


class ConnectionAttemptStatus(IntEnum):
    """ConnectionAttemptEvent: the reader's first word on every connection."""

    Success = 0
    Failed_A_Reader_Initiated_Connection_Already_Exists = 1
    Failed_A_Client_Initiated_Connection_Already_Exists = 2
    Failed_Reason_Other_Than_A_Connection_Already_Exists = 3
    Another_Connection_Attempted = 4


class NotificationEventType(IntEnum):
    """EventNotificationState: the events a client can ask for."""

    Upon_Hopping_To_Next_Channel = 0
    GPI_Event = 1
    ROSpec_Event = 2
    Report_Buffer_Fill_Warning = 3
    Reader_Exception_Event = 4
    RFSurvey_Event = 5
    AISpec_Event = 6
    AISpec_Event_With_Details = 7
    Antenna_Event = 8
    SpecLoop_Event = 9


class ROSpecState(IntEnum):
    Disabled = 0
    Inactive = 1
    Active = 2


class ROSpecEventType(IntEnum):
    Start_Of_ROSpec = 0
    End_Of_ROSpec = 1
    Preemption_Of_ROSpec = 2


class AntennaEventType(IntEnum):
    Antenna_Disconnected = 0
    Antenna_Connected = 1


TV_BYTES: Final[dict[int, int]] = {
    ParameterType.AntennaID: 3,
    ParameterType.FirstSeenTimestampUTC: 9,
    ParameterType.FirstSeenTimestampUptime: 9,
    ParameterType.LastSeenTimestampUTC: 9,
    ParameterType.LastSeenTimestampUptime: 9,
    ParameterType.PeakRSSI: 2,
    ParameterType.ChannelIndex: 3,
    ParameterType.TagSeenCount: 3,
    ParameterType.ROSpecID: 5,
    ParameterType.InventoryParameterSpecID: 3,
    ParameterType.C1G2CRC: 3,
    ParameterType.C1G2PC: 3,
    ParameterType.EPC96: 13,
    ParameterType.SpecIndex: 3,
    ParameterType.ClientRequestOpSpecResult: 3,
    ParameterType.AccessSpecID: 5,
    ParameterType.OpSpecID: 3,
    ParameterType.C1G2SingulationDetails: 5,
    ParameterType.C1G2XPCW1: 3,
    ParameterType.C1G2XPCW2: 3,
}
"""Whole length of every TV parameter, its type byte included: a TV of another type cannot be skipped."""

VENDOR_IMPINJ: Final = 25882
VENDOR_ZEBRA: Final = 161
VENDOR_THINGMAGIC: Final = 26554
"""IANA private enterprise numbers, as Custom parameters and GeneralDeviceCapabilities carry them."""


class ImpinjParameter(IntEnum):
    """Subtypes of Impinj's Custom parameters that stand in TagReportData."""

    ImpinjRFPhaseAngle = 56
    ImpinjPeakRSSI = 57
    ImpinjRFDopplerFrequency = 68
