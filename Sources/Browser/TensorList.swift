/// What is listed, in which order, folded how, and which row is selected; no drawing.
struct TensorList: Sendable {
  /// How the tensors are arranged.
  enum Arrangement: Sendable { case tree, flat }

  /// What the flat list is sorted by.
  enum Order: Int, CaseIterable, Sendable {
    case file, name, type, parameters, size, sparsity, bits

    var title: String {
      switch self {
      case .file: "file order"
      case .name: "name"
      case .type: "type"
      case .parameters: "parameters"
      case .size: "size"
      case .sparsity: "zeros"
      case .bits: "bits"
      }
    }

    /// Whether the greatest comes first unless the user turns it around.
    var isDescending: Bool {
      switch self {
      case .file, .name, .type: false
      case .parameters, .size, .sparsity, .bits: true
      }
    }

    var dependsOnMeasurements: Bool { self == .sparsity || self == .bits }
  }

  /// What a row shows: a node of the tree, or a tensor.
  enum Row: Sendable, Equatable {
    case node(Int)
    case tensor(Int)
  }

  private(set) var tree: TensorTree
  private(set) var arrangement = Arrangement.tree
  private var arrangementWithoutFilter = Arrangement.tree
  private(set) var order = Order.file
  private(set) var isReversed = false
  private(set) var filter = Filter.all
  private(set) var marked: Set<Int> = []
  /// Sums of each node of the tree over the tensors that the filter lets through, while the tree is
  /// shown.
  private(set) var sums: [TensorTree.Sums] = []
  /// Sums over all tensors that the filter lets through.
  private(set) var listed = TensorTree.Sums()
  /// Indices of nodes in the tree, of tensors in the flat list.
  private var rows: [Int] = []
  /// The place of each tensor by name; found while the model is opened, as that takes most of a
  /// frame's time with 100,000 tensors.
  private let nameRanks: [Int]
  private var isFolded: [Bool]
  private var isListed: [Bool]
  /// What the filter lets through.
  private var found = Filter.Found()
  /// The last queries that found nothing by words, and nothing by letters.
  private var barren: (words: Query?, letters: Query?)
  private var position = Position()

  init(table: TensorFacts) {
    tree = TensorTree(table: table)
    nameRanks = tree.nameRanks(table: table)
    isFolded = tree.nodes.map { $0.memberCount > 0 }
    // The members of a run are closed too: one opens the run, then the layer.
    for index in tree.nodes.indices where tree.nodes[index].parent >= 0 {
      if tree.nodes[tree.nodes[index].parent].memberCount > 0, tree.nodes[index].tensor < 0 {
        isFolded[index] = true
      }
    }
    isListed = Array(repeating: true, count: table.count)
    refresh(table: table)
  }

  var count: Int { rows.count }
  /// The selected row.
  var selected: Int { position.selected }
  /// The first row on the screen.
  var top: Int { position.top }

  /// The row at a position; `nil` outside of the list.
  func row(_ position: Int) -> Row? {
    guard rows.indices.contains(position) else { return nil }
    return arrangement == .tree ? .node(rows[position]) : .tensor(rows[position])
  }

  /// The tensor of a row, where it is one.
  func tensor(atRow position: Int) -> Int? {
    switch row(position) {
    case .node(let node): tree.nodes[node].tensor >= 0 ? tree.nodes[node].tensor : nil
    case .tensor(let tensor): tensor
    case nil: nil
    }
  }

  /// The selected tensor, where the selected row is one.
  var selectedTensor: Int? { tensor(atRow: selected) }

  func isFolded(node: Int) -> Bool { isFolded[node] }
}

// MARK: - Moving

extension TensorList {
  mutating func select(_ row: Int, height: Int) {
    position.select(row, count: count, height: height)
  }

  mutating func move(_ command: Command, height: Int) -> Bool {
    position.move(command, count: count, height: height)
  }

  mutating func scroll(by rows: Int, height: Int) {
    position.scroll(by: rows, count: count, height: height)
  }

  /// Keeps the selection on the screen after the list or the window has changed.
  mutating func scrollToSelection(height: Int) { select(selected, height: height) }
}

// MARK: - Folding

extension TensorList {
  /// Opens the selected node, or closes it.
  ///
  /// - Returns: whether the row is a node that can be.
  mutating func toggleFold() -> Bool {
    guard case .node(let node) = row(selected), tree.nodes[node].tensor < 0 else { return false }
    setFolded(node, !isFolded(node: node))
    return true
  }

  /// Opens the selected node or goes to its first child.
  mutating func unfoldOrEnter(height: Int) {
    guard case .node(let node) = row(selected), tree.nodes[node].tensor < 0 else { return }
    if isFolded(node: node) { setFolded(node, false) } else { select(selected + 1, height: height) }
  }

  /// Closes the selected node or goes to the one that holds it.
  mutating func foldOrLeave(height: Int) {
    guard case .node(let node) = row(selected) else { return }
    if tree.nodes[node].tensor < 0, !isFolded(node: node) {
      setFolded(node, true)
    } else if tree.nodes[node].parent >= 0, let row = rowIndex(of: tree.nodes[node].parent) {
      select(row, height: height)
    }
  }

  mutating func setAllFolded(_ folded: Bool) {
    let current = row(selected)
    for index in isFolded.indices where tree.nodes[index].tensor < 0 { isFolded[index] = folded }
    collectRows()
    restore(current)
  }

  private mutating func setFolded(_ node: Int, _ folded: Bool) {
    isFolded[node] = folded
    collectRows()
  }
}

// MARK: - What is listed

extension TensorList {
  mutating func setArrangement(_ new: Arrangement, table: TensorFacts, height: Int) {
    guard new != arrangement else { return }
    let tensor = selectedTensor ?? firstTensor(below: row(selected))
    arrangement = new
    refresh(table: table)
    if let tensor { reveal(tensor: tensor, height: height) } else { select(0, height: height) }
  }

  mutating func setOrder(_ new: Order, reversed: Bool, table: TensorFacts, height: Int) {
    let tensor = selectedTensor
    order = new
    isReversed = reversed
    arrangement = .flat
    refresh(table: table)
    // A new order is looked at from its top, unless the user was on a tensor further down.
    if tensor == nil || selected == 0 { select(0, height: height) }
    scrollToSelection(height: height)
  }

  mutating func setFilter(_ new: Filter, table: TensorFacts, height: Int) {
    let tensor = selectedTensor
    // What passes a filter is read best with its whole names; afterwards the tree is back.
    if filter.isEmpty, !new.isEmpty {
      arrangementWithoutFilter = arrangement
      arrangement = .flat
    } else if new.isEmpty, !filter.isEmpty {
      arrangement = arrangementWithoutFilter
    }
    filter = new
    refresh(table: table, after: found)
    if let tensor, isListed[tensor] { reveal(tensor: tensor, height: height) }
    scrollToSelection(height: height)
  }

  mutating func toggleMark(table: TensorFacts) {
    let tensors: [Int] =
      switch row(selected) {
      case .tensor(let tensor): [tensor]
      case .node(let node):
        (node..<max(tree.nodes[node].end, node + 1)).compactMap { index in
          let tensor = tree.nodes[index].tensor
          return tensor >= 0 && isListed[tensor] ? tensor : nil
        }
      case nil: []
      }
    if tensors.allSatisfy(marked.contains) {
      marked.subtract(tensors)
    } else {
      marked.formUnion(tensors)
    }
    if filter.dependsOnMarks { refresh(table: table) }
  }

  mutating func clearMarks(table: TensorFacts) {
    marked = []
    if filter.dependsOnMarks { refresh(table: table) }
  }

  mutating func takeMarks(from other: TensorList) { marked = other.marked }

  /// The sums over the marked tensors.
  func markedSums(table: TensorFacts) -> TensorTree.Sums {
    var sums = TensorTree.Sums()
    for tensor in marked where tensor < table.count { sums.add(table.sums(of: tensor)) }
    return sums
  }

  /// Whether measurements change what is listed, or in which order.
  var dependsOnMeasurements: Bool {
    filter.dependsOnMeasurements || arrangement == .flat && order.dependsOnMeasurements
  }

  /// Filters and sorts anew; the selection stays where it can.
  ///
  /// - Parameter before: what was found in the same table with the same marks, if anything.
  mutating func refresh(table: TensorFacts, after before: Filter.Found? = nil) {
    let current = row(selected)
    barren = (nil, nil)
    found = Filter.Found(filter, in: table, marked: marked, after: before)
    isListed = Array(repeating: filter.isEmpty, count: table.count)
    if !filter.isEmpty { for index in found.passing { isListed[index] = true } }
    recount(table: table)
    collectRows(table: table)
    restore(current)
  }

  /// Adds up anew, after measurements have arrived.
  mutating func recount(table: TensorFacts) {
    listed = TensorTree.Sums()
    guard arrangement == .tree else {
      for tensor in found.passing { listed.add(table.sums(of: tensor)) }
      return
    }
    sums = tree.sums(table: table) { isListed[$0] }
    for index in tree.nodes.indices where tree.nodes[index].parent < 0 { listed.add(sums[index]) }
  }

  private mutating func collectRows(table: TensorFacts? = nil) {
    rows = []
    switch arrangement {
    case .tree:
      var index = 0
      while index < tree.nodes.count {
        let node = tree.nodes[index]
        if sums[index].tensors == 0 {
          index = node.end
          continue
        }
        rows.append(index)
        index = node.tensor < 0 && isFolded(node: index) ? node.end : index + 1
      }
    case .flat:
      guard let table else { return }
      rows = found.passing
      sort(table: table)
    }
    clampSelection()
  }

  private mutating func clampSelection() { position.select(selected, count: count, height: 0) }

  private mutating func sort(table: TensorFacts) {
    let descending = order.isDescending != isReversed
    // Equal ones, and those without a number, keep the order of the file, the latter at the end.
    func sort(by key: (Int) -> Double) {
      let keys = rows.map { index -> (Double, Int) in
        let value = key(index)
        if value.isNaN { return (.infinity, index) }
        return (descending ? -value : value, index)
      }
      rows = keys.sorted { $0 < $1 }.map(\.1)
    }
    switch order {
    case .file: if isReversed { rows.reverse() }
    case .name:
      let ranks = nameRanks
      sort { Double(ranks[$0]) }
    case .type:
      let ranks = table.typeNames.indices.sorted { table.typeNames[$0] < table.typeNames[$1] }
      var rank = Array(repeating: 0, count: ranks.count)
      for (position, type) in ranks.enumerated() { rank[type] = position }
      sort { Double(rank[table.types[$0]]) }
    case .parameters: sort { Double(table.parameters[$0]) }
    case .size: sort { Double(table.bytes[$0]) }
    case .sparsity: sort { table.sparsity($0) ?? .nan }
    case .bits: sort { table.bits[$0] }
    }
  }

  private mutating func restore(_ row: Row?) {
    switch row {
    case .node(var node) where arrangement == .tree:
      // A node that is not seen any more is represented by what holds it.
      while node >= 0 {
        if let row = rowIndex(of: node) {
          position.select(row, count: count, height: 0)
          return
        }
        node = tree.nodes[node].parent
      }
    case .tensor(let tensor) where arrangement == .flat:
      if let row = rows.firstIndex(of: tensor) { position.select(row, count: count, height: 0) }
    default: break
    }
    clampSelection()
  }
}

// MARK: - Finding

extension TensorList {
  /// Selects a tensor, opening what holds it.
  mutating func reveal(tensor: Int, height: Int) {
    guard tree.leaves.indices.contains(tensor) else { return }
    switch arrangement {
    case .flat: if let row = rows.firstIndex(of: tensor) { select(row, height: height) }
    case .tree:
      let leaf = tree.leaves[tensor]
      var parent = tree.nodes[leaf].parent
      while parent >= 0 {
        isFolded[parent] = false
        parent = tree.nodes[parent].parent
      }
      collectRows()
      if let row = rowIndex(of: leaf) { select(row, height: height) }
    }
  }

  /// The next tensor whose name a query finds, from the selected row on.
  ///
  /// - Parameters:
  ///   - backwards: whether to look towards the beginning.
  ///   - includingCurrent: whether the selected row counts: while the query is typed.
  mutating func nextMatch(
    _ query: Query, backwards: Bool, includingCurrent: Bool, table: TensorFacts
  ) -> Int? {
    // In the tree all leaves are looked at, those in closed nodes too.
    let candidates: [Int]
    var start: Int
    switch arrangement {
    case .flat:
      candidates = rows
      start = selected
    case .tree:
      candidates = tree.tensors
      let node = rows.indices.contains(selected) ? rows[selected] : 0
      start = tree.nodes.indices.contains(node) ? tree.tensorsBefore[node] : 0
      if !includingCurrent, !backwards, tree.nodes.indices.contains(node),
        tree.nodes[node].tensor < 0
      {
        start -= 1
      }
    }
    guard !candidates.isEmpty else { return nil }
    let text = query.ignoresCase ? table.foldedText.span : table.text.span
    let starts = table.textStarts.span
    let isListed = self.isListed
    let listed = isListed.span
    let count = candidates.count
    func search(byLetters: Bool) -> Int? {
      let step = backwards ? count - 1 : 1
      var place = ((includingCurrent ? start : start + step) % count + count) % count
      for _ in includingCurrent ? 0...count : 1...count {
        let tensor = candidates[place]
        let name = starts[tensor]..<starts[tensor + 1]
        if listed[tensor],
          byLetters ? query.matchesLetters(text, in: name) : query.matchesWords(text, in: name)
        {
          return tensor
        }
        place += step
        if place >= count { place -= count }
      }
      return nil
    }
    // What found nothing finds nothing when it is typed on.
    if barren.words.map(query.narrows) != true {
      if let tensor = search(byLetters: false) { return tensor }
      barren.words = query
    }
    if barren.letters.map(query.narrows) != true {
      if let tensor = search(byLetters: true) { return tensor }
      barren.letters = query
    }
    return nil
  }

  private func firstTensor(below row: Row?) -> Int? {
    switch row {
    case .tensor(let tensor): return tensor
    case .node(let node):
      return (node..<max(tree.nodes[node].end, node + 1)).lazy.map { self.tree.nodes[$0].tensor }
        .first { $0 >= 0 && self.isListed[$0] }
    case nil: return nil
    }
  }

  /// The row of a node in the tree; rows ascend, so it is found by halving.
  private func rowIndex(of node: Int) -> Int? {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] < node { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low] == node ? low : nil
  }
}
