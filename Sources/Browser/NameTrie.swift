/// Names by their components while the tree is built.
struct NameTrie {
  static let root = 0
  /// The bytes of all names.
  private let text: [UInt8]
  private(set) var labels: [Range<Int>] = [0..<0]
  private(set) var tensors: [Int] = [-1]
  private var parents = [-1]
  private var firstChildren = [-1]
  private var lastChildren = [-1]
  private var nextSiblings = [-1]
  /// A hash of the names and shapes below, but not of the node's own label.
  private var contents: [UInt64] = [0]
  private var childCounts = [0]
  /// The children of nodes that have many, by a hash of parent and label.
  private var childIndex: [Int: Int] = [:]

  /// Children up to which they are looked through one by one.
  private static let fewChildren = 8

  init(table: TensorFacts, shapes: [[UInt64]]) {
    text = table.text
    var path: [(label: Range<Int>, node: Int)] = []
    var components: [Range<Int>] = []
    for tensor in 0..<table.count {
      TensorFacts.findComponents(of: text, in: table.range(of: tensor), into: &components)
      // Neighbours in a file share most of their path.
      var depth = 0
      while depth < path.count, depth < components.count - 1,
        Self.equal(text, path[depth].label, components[depth])
      { depth += 1 }
      path.removeLast(path.count - depth)
      var parent = path.last?.node ?? Self.root
      for label in components[depth...] {
        parent = child(of: parent, label: label)
        path.append((label, parent))
      }
      // A name that occurs twice is a tensor of its own each time.
      if tensors[parent] >= 0 || firstChildren[parent] >= 0, let last = components.last {
        parent = append(label: last, parent: parents[parent])
      }
      tensors[parent] = tensor
      path.removeLast()
    }
    hashContents(shapes: shapes)
  }

  /// The node with a label below another, which holds no tensor; made where there is none.
  private mutating func child(of parent: Int, label: Range<Int>) -> Int {
    func isSame(_ node: Int) -> Bool {
      tensors[node] < 0 && Self.equal(text, labels[node], label)
    }
    if childCounts[parent] <= Self.fewChildren {
      var child = firstChildren[parent]
      while child >= 0 {
        if isSame(child) { return child }
        child = nextSiblings[child]
      }
      let node = append(label: label, parent: parent)
      if childCounts[parent] > Self.fewChildren {
        child = firstChildren[parent]
        while child >= 0 {
          childIndex[freeKey(parent: parent, label: labels[child])] = child
          child = nextSiblings[child]
        }
      }
      return node
    }
    // Only equal labels are one node; others with the same hash take the next free key.
    var key = key(parent: parent, label: label)
    while let known = childIndex[key] {
      if parents[known] == parent, isSame(known) { return known }
      key &+= 1
    }
    let node = append(label: label, parent: parent)
    childIndex[key] = node
    return node
  }

  private func freeKey(parent: Int, label: Range<Int>) -> Int {
    var key = key(parent: parent, label: label)
    while childIndex[key] != nil { key &+= 1 }
    return key
  }

  /// Swift's hash, which differs from run to run, so that no file can be made to collide.
  private func key(parent: Int, label: Range<Int>) -> Int {
    var hasher = Hasher()
    hasher.combine(parent)
    for position in label { hasher.combine(text[position]) }
    return hasher.finalize()
  }

  private mutating func append(label: Range<Int>, parent: Int) -> Int {
    let node = labels.count
    labels.append(label)
    tensors.append(-1)
    parents.append(parent)
    firstChildren.append(-1)
    lastChildren.append(-1)
    nextSiblings.append(-1)
    contents.append(0)
    childCounts.append(0)
    childCounts[parent] += 1
    if lastChildren[parent] >= 0 {
      nextSiblings[lastChildren[parent]] = node
    } else {
      firstChildren[parent] = node
    }
    lastChildren[parent] = node
    return node
  }

  private mutating func hashContents(shapes: [[UInt64]]) {
    // Children have greater indices than their parents.
    for node in labels.indices.reversed() where node > Self.root {
      if tensors[node] >= 0 {
        for dimension in shapes[tensors[node]] {
          contents[node] = Self.mix(contents[node], dimension &+ 1)
        }
      }
      let own = Self.mix(Self.hash(text, labels[node]), contents[node])
      // The order of children in the file does not matter.
      contents[parents[node]] &+= Self.mix(own, 0x9E37_79B9)
    }
  }

  /// The children of a node: by number where all are numbers, else in the order of the file.
  func children(of node: Int) -> [Int] {
    var children: [Int] = []
    var numbers: [Int] = []
    var child = firstChildren[node]
    while child >= 0 {
      children.append(child)
      if let number = number(child) { numbers.append(number) }
      child = nextSiblings[child]
    }
    guard numbers.count == children.count, numbers.count > 1 else { return children }
    return zip(numbers, children).sorted { $0 < $1 }.map(\.1)
  }

  /// The label of a node as a number, where it is one.
  func number(_ node: Int) -> Int? { TensorFacts.number(text, in: labels[node]) }

  /// The index behind the numbered siblings that are alike, from one on.
  func endOfRun(in siblings: [Int], from start: Int) -> Int {
    guard start < siblings.count, number(siblings[start]) != nil
    else { return start }
    var end = start + 1
    while end < siblings.count, contents[siblings[end]] == contents[siblings[start]],
      number(siblings[end]) != nil
    { end += 1 }
    return end
  }

  /// FNV-1a over the bytes of a label.
  private static func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for position in range { hash = (hash ^ UInt64(text[position])) &* 0x100_0000_01B3 }
    return hash
  }

  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var value = (a ^ (b &* 0x9E37_79B9_7F4A_7C15)) &* 0xBF58_476D_1CE4_E5B9
    value ^= value >> 29
    return value &* 0x94D0_49BB_1331_11EB
  }

  private static func equal(_ text: [UInt8], _ a: Range<Int>, _ b: Range<Int>) -> Bool {
    guard a.count == b.count else { return false }
    for offset in 0..<a.count where text[a.lowerBound + offset] != text[b.lowerBound + offset] {
      return false
    }
    return true
  }
}
