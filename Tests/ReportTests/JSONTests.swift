import Foundation
import TestSupport
import Testing

@testable import Report

@Suite struct JSONTests {
  private struct Sample: Encodable {
    var text: String
    var number: Double?
    var whole: Int?
    var flag: Bool?
    var word: String?
    var list: [Int]?
  }

  @Test func writesNullForWhatDoesNotExist() throws {
    let json = String(
      decoding: try Report.encoded(Sample(text: ""), isIndented: false), as: UTF8.self)
    #expect(
      json
        == "{\"flag\":null,\"list\":null,\"number\":null,\"text\":\"\",\"whole\":null,\"word\":null}"
    )
  }

  @Test func escapesWhatTerminalsObey() throws {
    let text =
      "\u{0}\u{1b}[2J\u{7f}\u{80}\u{9b}\u{9f}\u{a0}é\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}😀–"
    let json = try Report.encoded(Sample(text: text), isIndented: false)
    let written = String(decoding: json, as: UTF8.self)
    #expect(
      written.contains(
        "\\u0000\\u001b[2J\\u007f\\u0080\\u009b\\u009f\u{a0}é\\u2028\\u2029\\u202e\\u2066\\u200f😀–")
    )
    let read = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
    #expect(read?["text"] as? String == text)
  }

  @Test func keepsMetadataAsOneFlatObject() throws {
    let object = MetadataObject(entries: [
      .init(key: "b", value: .begun(arrayOf: "string", count: 100, first: [.string("x")])),
      .init(key: "a", value: .integer(Int128(UInt64.max))), .init(key: "n", value: .number(.nan)),
    ])
    let json = String(decoding: try Report.encoded(object, isIndented: false), as: UTF8.self)
    #expect(
      json
        == "{\"a\":18446744073709551615,\"b\":{\"array_of\":\"string\",\"count\":100,\"first\":[\"x\"]},\"n\":null}"
    )
  }

  @Test func theSchemaIsOne() throws {
    let schema = try JSONSchema(ReportSchema.text)
    #expect(try schema.errors(in: Data("{}".utf8)).count == 3)
  }
}
