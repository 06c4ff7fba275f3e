/// Names by their components while the tree is built.
struct NameTrie {
  /// A component; everything of it in one place, as 100,000 names have as many.
  struct Node {
    /// Where the label lies in the bytes of all names.
    var label: Range<Int>
    /// The tensor whose name ends here; −1 for none.
    var tensor = -1
    fileprivate(set) var parent: Int
    fileprivate var firstChild = -1
    fileprivate var lastChild = -1
    fileprivate var nextSibling = -1
    fileprivate var childCount = 0
    /// A hash of the names and shapes below, but not of the node's own label.
    fileprivate var content: UInt64 = 0
  }

  static let root = 0
  /// The bytes of all names.
  private let text: [UInt8]
  private(set) var nodes = [Node(label: 0..<0, parent: -1)]
  /// The children of nodes that have many, by a hash of parent and label.
  private var childIndex: [Int: Int] = [:]

  /// Children up to which they are looked through one by one.
  private static let fewChildren = 8

  init(table: TensorFacts) {
    text = table.text
    // Mostly a tensor or two for a module.
    nodes.reserveCapacity(table.count * 2)
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
      if nodes[parent].tensor >= 0 || nodes[parent].firstChild >= 0, let last = components.last {
        parent = append(label: last, parent: nodes[parent].parent)
      }
      nodes[parent].tensor = tensor
      path.removeLast()
    }
    hashContents(shapeHashes: table.shapeHashes)
  }

  /// The node with a label below another, which holds no tensor; made where there is none.
  private mutating func child(of parent: Int, label: Range<Int>) -> Int {
    func isSame(_ node: Int) -> Bool {
      nodes[node].tensor < 0 && Self.equal(text, nodes[node].label, label)
    }
    if nodes[parent].childCount <= Self.fewChildren {
      var child = nodes[parent].firstChild
      while child >= 0 {
        if isSame(child) { return child }
        child = nodes[child].nextSibling
      }
      let node = append(label: label, parent: parent)
      if nodes[parent].childCount > Self.fewChildren {
        child = nodes[parent].firstChild
        while child >= 0 {
          childIndex[freeKey(parent: parent, label: nodes[child].label)] = child
          child = nodes[child].nextSibling
        }
      }
      return node
    }
    // Only equal labels are one node; others with the same hash take the next free key.
    var key = key(parent: parent, label: label)
    while let known = childIndex[key] {
      if nodes[known].parent == parent, isSame(known) { return known }
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
    let node = nodes.count
    nodes.append(Node(label: label, parent: parent))
    nodes[parent].childCount += 1
    if nodes[parent].lastChild >= 0 {
      nodes[nodes[parent].lastChild].nextSibling = node
    } else {
      nodes[parent].firstChild = node
    }
    nodes[parent].lastChild = node
    return node
  }

  private mutating func hashContents(shapeHashes: [UInt64]) {
    // Children have greater indices than their parents.
    for node in nodes.indices.reversed() where node > Self.root {
      if nodes[node].tensor >= 0 {
        nodes[node].content = Self.mix(nodes[node].content, shapeHashes[nodes[node].tensor])
      }
      let own = Self.mix(Self.hash(text, nodes[node].label), nodes[node].content)
      // The order of children in the file does not matter.
      nodes[nodes[node].parent].content &+= Self.mix(own, 0x9E37_79B9)
    }
  }

  /// A hash of a tensor's shape.
  static func hash(shape: [UInt64]) -> UInt64 {
    shape.reduce(UInt64(shape.count)) { mix($0, $1 &+ 1) }
  }

  /// The children of a node: by number where all are numbers, else in the order of the file.
  func children(of node: Int) -> [Int] {
    var children: [Int] = []
    var numbers: [Int] = []
    var child = nodes[node].firstChild
    while child >= 0 {
      children.append(child)
      if let number = number(child) { numbers.append(number) }
      child = nodes[child].nextSibling
    }
    guard numbers.count == children.count, numbers.count > 1 else { return children }
    return zip(numbers, children).sorted { $0 < $1 }.map(\.1)
  }

  /// The label of a node as a number, where it is one.
  func number(_ node: Int) -> Int? { TensorFacts.number(text, in: nodes[node].label) }

  /// The index behind the numbered siblings that are alike, from one on.
  func endOfRun(in siblings: [Int], from start: Int) -> Int {
    guard start < siblings.count, number(siblings[start]) != nil
    else { return start }
    var end = start + 1
    while end < siblings.count, nodes[siblings[end]].content == nodes[siblings[start]].content,
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
