import Classification
import ModelFile
import Synchronization
import TensorStats

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Opens, measures, judges and compares libFuzzer's input; nothing calls it but a build by `make fuzz`.
///
/// `Model.open` takes a path, as users have one, so each input becomes a file in memory. Where it
/// ends before its tensors do, zeros follow, so that a header alone reaches the decoders. Text that
/// could be JSON is also the configuration beside the model, and an index of shards.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  write(input, to: "model.safetensors")
  let model = Model.open(folder + "/model.safetensors")
  check(model)
  if model.problems.contains(where: { $0.code == .dataPastEnd }) {
    truncate(folder + "/model.safetensors", off_t(count + paddedByteCount))
    check(Model.open(folder + "/model.safetensors"))
  }
  if input.first == UInt8(ascii: "{") {
    write(input, to: "config.json")
    write(input, to: "other.safetensors.index.json")
    check(Model.open(folder + "/model.safetensors"))
    check(Model.open(folder + "/other.safetensors.index.json"))
    unlink(folder + "/config.json")
    unlink(folder + "/other.safetensors.index.json")
  }
  return 0
}

/// Enough for the smaller tensors of the fixtures, and little to read.
private let paddedByteCount = 1 << 17

/// What every reader of a model relies on: no byte to read lies outside its file.
private func check(_ model: Model) {
  for tensor in model.tensors where tensor.isReadable {
    let size = model.parts[tensor.part].byteCount
    precondition(tensor.offset >= 0 && tensor.byteCount >= 0 && tensor.elementCount >= 0)
    // An empty tensor may stand anywhere.
    precondition(tensor.byteCount == 0 || tensor.byteCount <= size - tensor.offset)
  }
  measure(model)
}

private func measure(_ model: Model) {
  var auxiliary: [Int: [UInt8]] = [:]
  for index in Plan.auxiliaryTensors(of: model) {
    let tensor = model.tensors[index]
    let range = Plan.auxiliaryRange(of: tensor)
    let file = try? FileReader(path: model.parts[tensor.part].path)
    auxiliary[index] = try? file?.bytes(
      at: tensor.offset + range.lowerBound, count: range.count)
  }
  let plan = Plan(model: model, auxiliary: auxiliary)
  let measurements = Mutex(Measurements())
  let scan = Scan(model: model, readings: plan.readings, mode: .exact, workers: 1)
  scan.run { event in
    guard case .measured(let index, let measurement) = event else { return }
    precondition(measurement.zeros + measurement.nans + measurement.infinities <= measurement.count)
    measurements.withLock { $0[plan.readings[index].tensor] = measurement }
  }
  let verdict = classify(
    model, plan: plan, measurements: measurements.withLock { $0 }, mode: .exact)
  _ = Fit(FitSubject(model, plan: plan, verdict: verdict), FitRequest())
  let side = DiffSide(model, plan: plan)
  compare(side, with: side)
  if let reference { compare(reference, with: side) }
}

/// A sound model to compare with, where the fuzzer is started beside the fixtures.
private let reference: DiffSide? = {
  let model = Model.open("fixtures/models/bf16")
  return model.tensors.isEmpty
    ? nil : DiffSide(model, plan: Plan(model: model, auxiliary: [:]))
}()

private func compare(_ reference: DiffSide, with other: DiffSide) {
  let samplers = Samplers(
    reference: ValueSampler(reference.model), other: ValueSampler(other.model))
  let plan = DiffPlan(reference: reference, other: other, samplers: samplers)
  let pairs = plan.pairs
  let differences = Mutex([Difference?](repeating: nil, count: pairs.count))
  Comparison(reference: reference.model, other: other.model, pairs: pairs, workers: 1).run {
    event in
    guard case .compared(let index, let difference) = event else { return }
    differences.withLock { $0[index] = difference }
  }
  _ = Diff(plan, differences: differences.withLock { $0 }, samplers: samplers)
}

/// A folder of this process, in memory where the system has one there.
private let folder: String = {
  let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
  let path = "\(parent)/inspect-fuzz-\(getpid())"
  mkdir(path, 0o700)
  atexit {
    unlink(folder + "/model.safetensors")
    rmdir(folder)
  }
  return path
}()

private func write(_ bytes: UnsafeRawBufferPointer, to name: String) {
  guard let file = fopen(folder + "/" + name, "w") else { fatalError("cannot write \(folder)") }
  fwrite(bytes.baseAddress, 1, bytes.count, file)
  fclose(file)
}
