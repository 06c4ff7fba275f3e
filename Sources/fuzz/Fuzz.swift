import ModelFile

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Opens libFuzzer's input as a model; nothing calls it but a build by `make fuzz`.
///
/// `Model.open` takes a path, as users have one, so each input becomes a file in memory. Text that
/// could be JSON is also the configuration beside the model, and an index of shards.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  write(input, to: "model.safetensors")
  check(Model.open(folder + "/model.safetensors"))
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

/// What every reader of a model relies on: no byte to read lies outside its file.
private func check(_ model: Model) {
  for tensor in model.tensors where tensor.isReadable {
    let size = model.parts[tensor.part].byteCount
    precondition(tensor.offset >= 0 && tensor.byteCount >= 0 && tensor.elementCount >= 0)
    // An empty tensor may stand anywhere.
    precondition(tensor.byteCount == 0 || tensor.byteCount <= size - tensor.offset)
  }
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
