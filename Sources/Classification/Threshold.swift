/// A number that decides something.
///
/// All of them stand here, each with its reason.
///
/// Natural rates are those of dense Gaussian, Laplace and Student-t₅ weights, quantized by the real
/// libraries or by their formulas.
public enum Threshold: String, Sendable, Hashable, CaseIterable, Explained {
  // Which tensors count
  case prunableDimension = "prunable_dimension"
  case leastSample = "least_sample"
  case narrowCodeBits = "narrow_code_bits"

  // Precision
  case dominantShare = "dominant_share"
  case quantizedShare = "quantized_share"
  case upcastValues = "upcast_values"
  case upcastParameters = "upcast_parameters"
  case upcastSample = "upcast_sample"
  case upcastDistinct = "upcast_distinct"
  case narrowDistinct = "narrow_distinct"
  case rangeEndDistinct = "range_end_distinct"

  // Zeros
  case incidentalZeros = "incidental_zeros"
  case prunedZeros = "pruned_zeros"
  case halfZeros = "half_zeros"
  case highZeros = "high_zeros"
  case prunedParameterShare = "pruned_parameter_share"
  case underflowZeros = "underflow_zeros"

  // Zeros of quantized weights
  case zeroRatioWide = "zero_ratio_wide"
  case zeroRatioNarrow = "zero_ratio_narrow"
  case zeroRatioThreeBits = "zero_ratio_three_bits"
  case zeroSlope = "zero_slope"
  case zeroSlopeThreeBits = "zero_slope_three_bits"
  case zeroShareWide = "zero_share_wide"
  case zeroShareNarrow = "zero_share_narrow"
  case usedCode = "used_code"
  case codeUse = "code_use"
  case codeUseNarrow = "code_use_narrow"
  case nearCodes = "near_codes"
  case castZeroRatio = "cast_zero_ratio"
  case nearZeros = "near_zeros"
  case nearZerosFourBits = "near_zeros_four_bits"
  case naturalNearZeros = "natural_near_zeros"

  // Patterns
  case groupCompliance = "group_compliance"
  case groupDeviations = "group_deviations"
  case groupExactness = "group_exactness"
  case groupSurplusQuantized = "group_surplus_quantized"
  case shiftedCompliance = "shifted_compliance"
  case groupSurplus = "group_surplus"
  case leastGroups = "least_groups"
  case blockExplained = "block_explained"
  case blockExplainedQuantized = "block_explained_quantized"
  case blockChance = "block_chance"
  case patternParameterShare = "pattern_parameter_share"
  case structuredShare = "structured_share"
  case structuredExplained = "structured_explained"

  // How zeros were chosen
  case magnitudeGap = "magnitude_gap"
  case scoreGap = "score_gap"
  case equalRows = "equal_rows"

  // Natural zeros
  case paddingRows = "padding_rows"
  case paddingRowShare = "padding_row_share"
  case paddedShare = "padded_share"
  case paddedLines = "padded_lines"

  // Grids
  case latticePeak = "lattice_peak"
  case latticeStrength = "lattice_strength"
  case byteResidual = "byte_residual"
  case certainLatticePeak = "certain_lattice_peak"
  case shortLatticePeak = "short_lattice_peak"
  case finerSteps = "finer_steps"
  case codebookShare = "codebook_share"
  case tileDistinct = "tile_distinct"
  case floatOctaves = "float_octaves"
  case floatOctavesRich = "float_octaves_rich"
  case floatDistinct = "float_distinct"
  case distinctRatio = "distinct_ratio"
  case rowDistinctRatio = "row_distinct_ratio"
  case shortRowDistinctRatio = "short_row_distinct_ratio"
  case mixedSteps = "mixed_steps"
  case gridShare = "grid_share"
  case partOnGrids = "part_on_grids"
  case longestGroup = "longest_group"
  case leastTable = "least_table"
  case tableEntries = "table_entries"
  case tableRepeats = "table_repeats"
  case fewRepeats = "few_repeats"
  case wholeRepeats = "whole_repeats"
  case tableSteps = "table_steps"
  case integerTableSteps = "integer_table_steps"
  case tableOnes = "table_ones"
  case columnRatios = "column_ratios"
  case fineSteps = "fine_steps"
  case byteSteps = "byte_steps"
  case occupiedSteps = "occupied_steps"
  case oddCodes = "odd_codes"
  case clippedShare = "clipped_share"
  case requantizedCodes = "requantized_codes"
  case requantizedZeros = "requantized_zeros"

  // Claims
  case claimedShare = "claimed_share"
  case claimedZeros = "claimed_zeros"
  case paddedTokens = "padded_tokens"

  // Confidence
  case agreedConfidence = "agreed_confidence"
  case decodedConfidence = "decoded_confidence"
  case signatureConfidence = "signature_confidence"
  case assumedConfidence = "assumed_confidence"
  case countedConfidence = "counted_confidence"
  case sampledConfidence = "sampled_confidence"
  case hiddenPruning = "hidden_pruning"
  case structureConfidence = "structure_confidence"
  case distilledName = "distilled_name"
  case distilledFamily = "distilled_family"
  case distilledDeclared = "distilled_declared"

  /// The number.
  public var value: Double { row.value }
  /// The number of a count.
  var count: Int { Int(row.value) }
  /// The number, what it decides and why it is so large.
  public var explanation: String {
    let number = value == value.rounded() ? "\(Int(value))" : "\(value)"
    return "\(number): \(row.reason)"
  }

  private var row: (value: Double, reason: String) {
    switch self {
    case .prunableDimension:
      (
        32,
        "The least rows and columns of a prunable matrix: smaller ones are projections of "
          + "scalars, depthwise kernels and gates, which pruning methods leave alone."
      )
    case .leastSample:
      (
        256,
        "Fewer weights than this say nothing of a distribution."
      )
    case .narrowCodeBits:
      (
        6,
        "The most bits that codes may use of a byte to count as narrower ones: 8-bit scales that were "
          + "not fitted to the weights leave one bit unused."
      )
    case .dominantShare:
      (
        0.80,
        "The share of the weight bytes from which one type names the precision; below, it "
          + "is mixed."
      )
    case .quantizedShare:
      (
        0.50,
        "The share of the matrices' parameters from which packed or narrow codes make a "
          + "model quantized: embeddings and heads stay wide in most recipes and hold up to "
          + "half of a small model."
      )
    case .upcastValues:
      (
        0.999,
        "The share of a tensor's values that a narrower type must hold exactly to be its "
          + "content. By chance an F32 value has 16 zero bits at the end once in 65,536."
      )
    case .upcastParameters:
      (
        0.99,
        "The share of the parameters in such tensors that makes it the model's content."
      )
    case .narrowDistinct:
      (
        32.0,
        "Different values that are needed before a tensor can show content of 8 bits, which "
          + "has 253 in all; grids of 4 and 5 bits with one scale stay below."
      )
    case .rangeEndDistinct:
      (
        5,
        "The same where the smallest value is exactly the smallest number of a float type: weights of "
          + "σ = 0.002 cast to FP8 keep nine; ternary weights and constants have three at most."
      )
    case .upcastSample:
      (
        64,
        "Values other than zero from which a narrower type can be their content: of 64 F32 values by "
          + "chance none ends in 16 zero bits."
      )
    case .upcastDistinct:
      (
        256,
        "Different values that a tensor must have: ones, zeros and constants fit every "
          + "type."
      )
    case .incidentalZeros:
      (
        0.001,
        "Below this share of zeros there is nothing to tell: BF16 and F32 weights have "
          + "none, F16 underflow makes at most one in 100,000."
      )
    case .prunedZeros:
      (
        0.0499,
        "The share from which zeros are called pruning, 5 % less what is rounded down: three "
          + "orders of magnitude above what dense weights have, and a quarter of what the mildest "
          + "published methods make."
      )
    case .halfZeros:
      (
        0.45,
        "The share from which a model is about half zeros: methods cluster at 50 %, and "
          + "llm-compressor calls a layer sparse from 49 %."
      )
    case .highZeros:
      (
        0.75,
        "The share from which it is highly sparse."
      )
    case .prunedParameterShare:
      (
        0.30,
        "How much of the prunable parameters must lie in tensors with at least "
          + "pruned_zeros: one odd layer says nothing of a model."
      )
    case .underflowZeros:
      (
        0.0001,
        "Zeros of F16 weights below this share are underflow."
      )
    case .zeroRatioWide:
      (
        3.0,
        "How much more frequent the zero code of 6 to 8 bits may be than its neighbours: "
          + "dense weights reach 1.15, those of which 20 % were pruned 5 and more."
      )
    case .zeroRatioNarrow:
      (
        4.0,
        "The same with 4 and 5 bits: dense weights reach 1.8, and more with outliers only."
      )
    case .zeroRatioThreeBits:
      (
        8.0,
        "The same with 3 bits: dense weights reach 5, and half of all pruned by magnitude changes "
          + "nothing."
      )
    case .zeroSlope:
      (
        1.5,
        "How much steeper the step from the codes beside zero to zero must be than the step from the "
          + "next codes to those, times the share of weights that are not zero. Dense weights reach "
          + "1.3 in 4 to 8 bits, with tails of Student's t3 and columns of 15 or 30 times the others "
          + "among them; half of them pruned reach 3 to 50 where the codes can show it."
      )
    case .zeroSlopeThreeBits:
      (
        2.5,
        "The same for 3 bits, where such tails and columns make 1.9."
      )
    case .zeroShareWide:
      (
        0.20,
        "The share of zeros of 6 to 8 bits where neighbouring codes were not counted: one "
          + "scale per tensor and heavy tails make 12 %."
      )
    case .zeroShareNarrow:
      (
        0.45,
        "The same with 4 and 5 bits: dense weights in groups of 32 have 12 to 25 %, and 40 % with heavy "
          + "tails and outlier columns."
      )
    case .nearCodes:
      (
        64,
        "Codes of zero and one step that must have been counted for their shares to mean something."
      )
    case .usedCode:
      (
        0.0001,
        "The share of all codes from which one counts as used: fewer are strays of rounding twice "
          + "or outliers."
      )
    case .codeUse:
      (
        0.95,
        "The share of the codes that natural weights would use below which weights in Q6_K and Q8_0 had "
          + "fewer bits before, so that codes beside zero are missing for another reason: dense and "
          + "pruned ones use 0.97 and more, those that had 3 to 6 bits 0.67 to 0.94."
      )
    case .codeUseNarrow:
      (
        0.85,
        "The same in Q5_0: dense and pruned weights use 0.93 and more, those that had 3 or 4 bits 0.77 "
          + "at most."
      )
    case .castZeroRatio:
      (
        3.0,
        "How much more zeros than σ explains FP8 weights without scales may have; tails "
          + "double the share."
      )
    case .nearZeros:
      (
        0.20,
        "The share of weights below 0.05 σ from which types with an offset show pruning: "
          + "4 to 7 % of dense weights, 21 to 48 % of half-pruned ones in Q4_1, Q5_1, Q4_K "
          + "and Q5_K."
      )
    case .nearZerosFourBits:
      (
        0.40,
        "The same for types of at most 4.5 bits, where dense weights have up to 32 %."
      )
    case .naturalNearZeros:
      (
        0.05,
        "The near zeros of a dense model."
      )
    case .groupCompliance:
      (
        0.999,
        "The share of groups that must hold N:M."
      )
    case .groupDeviations:
      (
        8.0,
        "How many standard deviations above chance that share must lie."
      )
    case .groupExactness:
      (
        0.90,
        "The share of groups with exactly M − N zeros: random zeros at 50 % give 0.375 "
          + "for 2:4."
      )
    case .groupSurplusQuantized:
      (
        0.25,
        "The same where kept weights may have the zero code by nature: of those left by 2:4, 4 bits "
          + "make up to 20 % zero, 3 bits up to 40 %."
      )
    case .shiftedCompliance:
      (
        0.95,
        "The compliance of shifted groups that a real pattern stays below."
      )
    case .groupSurplus:
      (
        0.05,
        "More zeros than this above (M − N) ÷ M are unstructured zeros that happen to "
          + "fit."
      )
    case .leastGroups:
      (
        64,
        "The least groups that show a pattern."
      )
    case .blockExplained:
      (
        0.90,
        "The share of the zeros that all-zero tiles must hold to be a block pattern."
      )
    case .blockExplainedQuantized:
      (
        0.75,
        "The same where kept weights may have the zero code by nature: with half of the blocks zero, 4 "
          + "bits make up to a third of the others zero."
      )
    case .blockChance:
      (
        3.0,
        "How much better the odds of an all-zero tile must be than chance makes them."
      )
    case .patternParameterShare:
      (
        0.80,
        "The share of the prunable parameters that must hold a pattern for the model to "
          + "have it (llm-compressor's precedent)."
      )
    case .structuredShare:
      (
        0.01,
        "The share of all-zero rows, columns, neurons or heads that is structure: chance "
          + "makes none, dead filters a few in a thousand."
      )
    case .structuredExplained:
      (
        0.50,
        "The share of all zeros that whole rows or columns must hold to be the pattern."
      )
    case .magnitudeGap:
      (
        0.30,
        "The ratio of the 1st percentile of |w| to its median above which small weights "
          + "were cut off: 0.59 after magnitude pruning by half, 0.018 in dense weights."
      )
    case .scoreGap:
      (
        0.05,
        "The same for a soft edge, as scores of weight and activation or groups leave it."
      )
    case .equalRows:
      (
        0.05,
        "The variance of zeros per row, relative to the binomial one, below which rows "
          + "were pruned alike."
      )
    case .paddingRows:
      (8, "All-zero rows of an embedding that are padding at most, in a small one.")
    case .paddingRowShare:
      (0.01, "The share of an embedding's rows up to which all-zero rows are padding.")
    case .paddedShare:
      (
        0.07,
        "The share of a matrix's rows or columns up to which zeros at its end are padding: widths are "
          + "rounded up for groups of codes and for several devices, by a fifteenth at most."
      )
    case .paddedLines:
      (
        256,
        "The most rows or columns of padding: widths are rounded up to a multiple of it at most."
      )
    case .latticePeak:
      (
        0.60,
        "The median periodogram peak of windows of 32 above which values lie on an even "
          + "grid; natural weights give 0.20."
      )
    case .latticeStrength:
      (
        12.8,
        "The peak times the values other than zero of a window: natural values of any number "
          + "reach ln 600 = 6.4, as 600 frequencies are tried."
      )
    case .byteResidual:
      (
        0.15,
        "The root mean square of the distance to the steps of symmetric 8-bit codes: 0.289 of "
          + "natural weights, up to 0.15 of codes that were stored as BF16, 0.03 as F16."
      )
    case .certainLatticePeak:
      (
        0.90,
        "The peak from which that is nearly certain."
      )
    case .shortLatticePeak:
      (
        0.85,
        "The same for windows of 16, where natural weights give 0.31."
      )
    case .finerSteps:
      (
        4.0,
        "How many more steps windows of 32 must have than those of 16 before these are groups: with one "
          + "step for both it is twice as many at most, with a step for each 30 times."
      )
    case .codebookShare:
      (
        0.99,
        "The share of values that must be representable to call a codebook or an FP8 tile "
          + "found."
      )
    case .tileDistinct:
      (
        253.0,
        "Different values in a tile of 128 × 128 that FP8 can have; natural BF16 weights "
          + "have 1,920."
      )
    case .floatOctaves:
      (
        9,
        "Octaves between the smallest and the largest magnitude from which values with 3 or 2 bits "
          + "of mantissa are FP8 numbers: integers of 4 bits span 3, of 8 bits 7, FP6 has 9 at most, "
          + "and 512 Gaussian weights in FP8 show 10."
      )
    case .floatOctavesRich:
      (
        3,
        "The same where a row has more than float_distinct different values, as FP8 weights keep "
          + "after pruning has taken the smallest: three octaves of FP8 hold 48."
      )
    case .floatDistinct:
      (
        33,
        "Different values of a row from which float_octaves_rich decides: more than codes of 5 bits "
          + "have, whose steps are floats as well."
      )
    case .distinctRatio:
      (
        0.80,
        "How much rarer than natural different values in 128 neighbours must be to look "
          + "for a grid."
      )
    case .rowDistinctRatio:
      (
        0.50,
        "The share of the natural count of different values below which a row's values lie on a "
          + "permuted grid: act-order leaves a fifth. The published bound is 0.75; nothing else "
          + "supports this claim, so that it is kept far from chance."
      )
    case .shortRowDistinctRatio:
      (
        0.25,
        "The same for rows of fewer than 512, which have two or three groups: act-order leaves a seventh."
      )
    case .mixedSteps:
      (
        4.0,
        "How many times more even steps than different values rows have where the groups of several "
          + "scales are mixed in them: ten times with 4 bits, twice where one scale is used unevenly."
      )
    case .gridShare:
      (
        0.80,
        "The share of the parameters tested, or like those, on one grid that makes it the model's."
      )
    case .partOnGrids:
      (
        0.30,
        "The share of those parameters on grids of any kind from which the headline tells of them: "
          + "as much as of pruned ones."
      )
    case .longestGroup:
      (
        256,
        "The longest groups that schemes give a scale of their own; longer ones are rows."
      )
    case .leastTable:
      (
        5,
        "The least different values of a table: four are integers of 2 bits, of which some groups use "
          + "three that lie unevenly."
      )
    case .tableEntries:
      (
        16,
        "The most different values of a group or row that are called a table: what 4 bits can name."
      )
    case .tableRepeats:
      (
        2.5,
        "How many more different values than a table natural weights in its place would have: 64 of "
          + "them in BF16 have 50."
      )
    case .fewRepeats:
      (
        1.5,
        "The same for up to four values, where hundreds of groups agree: of natural weights with as many "
          + "zeros some group would have more."
      )
    case .wholeRepeats:
      (
        4.0,
        "The same for a whole tensor, where 16,384 natural weights in BF16 have 1,900 different values "
          + "and 8 bits 256 at most."
      )
    case .tableSteps:
      (
        1.5,
        "How many more even steps than values there may be for integers: codes of dense weights use "
          + "most steps, while a table fits fine steps by chance."
      )
    case .integerTableSteps:
      (
        6.0,
        "The same from which 16 different values are a table of integers: those of IQ4 lie on 241 "
          + "steps, and integer codes of 4 bits on 16."
      )
    case .tableOnes:
      (
        0.1,
        "The share of values one step from zero from which steps are even: most codes of weights with "
          + "heavy tails lie there, while the least value of a table is several fine steps away."
      )
    case .columnRatios:
      (
        0.8,
        "The share of rows in which the ratio of two columns is that of two codes of 4 bits: 1 where "
          + "columns were divided by scales after quantizing, a third of continuous weights."
      )
    case .fineSteps:
      (
        64,
        "Steps from which a grid may be the sum of coarser ones: two grids of 4 bits have 130 to 290 "
          + "steps in common, one of 6 bits has 63."
      )
    case .byteSteps:
      (
        256,
        "The steps that codes of 8 bits cannot exceed: their windows have 255 at most, those of sums of "
          + "grids that have no step in common 260 to 290 of the 300 that are tried."
      )
    case .occupiedSteps:
      (
        0.95,
        "The share of neighbouring codes in use below which fine steps are those of a sum: codes of 8 "
          + "bits make 0.97 and more, sums of two grids of 4 bits 0.5 to 0.94."
      )
    case .oddCodes:
      (
        0.45,
        "The share of odd codes among those from 3 on below which half steps come from the average of two "
          + "models that are alike: natural codes of 5 bits and more make 0.5 and more, such averages 0.22 "
          + "to 0.40."
      )
    case .clippedShare:
      (
        0.1,
        "The share of values at the ends of their row from which clipping explains that few differ; of "
          + "codes with a scale for each group hardly any lie there."
      )
    case .requantizedCodes:
      (
        16.0,
        "Different codes in a block of Q8_0 that came from 4 bits or fewer."
      )
    case .requantizedZeros:
      (
        0.65,
        "The zeros from which blocks of 32 have so few other codes anyway: with fewer, some block "
          + "has more than 16 by chance."
      )
    case .claimedShare:
      (
        0.20,
        "The share of the weights, or of those of the most frequent width, that keeps what a name promises: "
          + "mixtures raise and lower some tensors, and leave others plain."
      )
    case .claimedZeros:
      (
        0.05,
        "How far the zeros may be from a promised share: methods prune to a target by layer, and "
          + "leave out some layers."
      )
    case .paddedTokens:
      (
        1024,
        "Rows that an embedding may have beyond the declared vocabulary: Megatron-LM pads to a "
          + "multiple of 128 for each of up to 8 ranks."
      )
    case .agreedConfidence:
      (
        0.99,
        "Signature, configuration and decoded data agree."
      )
    case .decodedConfidence:
      (
        0.95,
        "Signature and decoded data agree."
      )
    case .signatureConfidence:
      (
        0.85,
        "The signature alone, or one that leaves open how the codes are read."
      )
    case .assumedConfidence:
      (
        0.6,
        "A form of a layout that nothing in the model tells from another: the usual one is taken."
      )
    case .countedConfidence:
      (
        0.97,
        "Zeros counted in every byte."
      )
    case .sampledConfidence:
      (
        0.90,
        "Zeros counted in samples."
      )
    case .hiddenPruning:
      (
        0.6,
        "Zeros as frequent as those of dense weights in the same codes: of pruned models in 2 to 4 "
          + "bits many look like that, and most models are not pruned."
      )
    case .structureConfidence:
      (
        0.30,
        "Missing structure without the model it was cut from."
      )
    case .distilledName:
      (
        0.50,
        "A name that says distilled."
      )
    case .distilledFamily:
      (
        0.80,
        "An architecture that is known for it."
      )
    case .distilledDeclared:
      (
        0.90,
        "A card that says so."
      )
    }
  }
}
