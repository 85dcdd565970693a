using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>
/// Which operators may compute in float16. It is a list of those that may: what is not on it stays in float32, so an
/// operator that nobody thought of is slow rather than wrong.
/// </summary>
internal static class PrecisionRules
{
    // The work that half precision is for: sums of products, which GPUs add up in float32 (and x64 CPUs compute so
    // altogether). Their results return to half whatever came in.
    private static readonly HashSet<string> Products = new(StringComparer.Ordinal)
    {
        "Conv",
        "ConvTranspose",
        "Gemm",
        "MatMul",
        "Einsum",
    };

    // These stay in float32 when their input is, so that what leaves a float32 operator is not rounded half-way: the
    // steps of a layer normalisation that an exporter took apart stay together, with their epsilon of 1e-12.
    private static readonly HashSet<string> Followers = new(StringComparer.Ordinal)
    {
        // Move numbers or pick some of them.
        "Identity",
        "Reshape",
        "Flatten",
        "Squeeze",
        "Unsqueeze",
        "Transpose",
        "Concat",
        "Split",
        "Slice",
        "Gather",
        "GatherElements",
        "GatherND",
        "Expand",
        "Tile",
        "Pad",
        "DepthToSpace",
        "SpaceToDepth",
        "Where",
        "Dropout",
        "MaxPool",
        "GlobalMaxPool",
        "ReduceMax",
        "ReduceMin",
        "Max",
        "Min",
        // Blend neighbours: no result is greater than the greatest input. Also where a device adds up a mean over 7 x 7
        // in
        // half, 49 values up to 1,336 do not overflow.
        "Resize",
        "Upsample",
        "AveragePool",
        "GlobalAveragePool",
        // Element by element, and bounded or about as large as the input.
        "Relu",
        "LeakyRelu",
        "PRelu",
        "Clip",
        "ThresholdedRelu",
        "Elu",
        "Selu",
        "Gelu",
        "Sigmoid",
        "HardSigmoid",
        "HardSwish",
        "Tanh",
        "Erf",
        "Softsign",
        "Abs",
        "Neg",
        "Sign",
        "Floor",
        "Ceil",
        "Round",
        "Sqrt",
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Sum",
        "BatchNormalization",
        // Ask about numbers; the answer is no float.
        "Equal",
        "Less",
        "LessOrEqual",
        "Greater",
        "GreaterOrEqual",
        "ArgMax",
        "ArgMin",
        "IsNaN",
        "Shape",
        "Size",
        "Cast",
        "ConstantOfShape",
    };

    // Kept in float32. Known here only because their outputs have the type of their first input.
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        // Exponentials and their inverses: exp(11.1) is past 65,504, and 1/x, log x and powers leave the range as fast.
        "Softmax",
        "LogSoftmax",
        "Hardmax",
        "Exp",
        "Softplus",
        "Mish",
        "Log",
        "Pow",
        "Reciprocal",
        "Celu",
        "Swish",
        // Sums over an axis: n terms of size s need n * s; adding one by one, a sum of 2,048 no longer grows by ones.
        "ReduceSum",
        "ReduceMean",
        "ReduceL1",
        "ReduceL2",
        "ReduceSumSquare",
        "ReduceLogSum",
        "ReduceLogSumExp",
        "ReduceProd",
        "CumSum",
        "Mean",
        // Variances and norms: squares overflow from 256 on and vanish below 2e-4; epsilons of 1e-12 vanish.
        "LayerNormalization",
        "InstanceNormalization",
        "GroupNormalization",
        "RMSNormalization",
        "LpNormalization",
        "MeanVarianceNormalization",
        "LRN",
        "LpPool",
        "GlobalLpPool",
        // Positions and orders: a half counts to 2,048, and ties among close scores would change the choice.
        "Range",
        "TopK",
        "RoiAlign",
        "MaxRoiPool",
        "GridSample",
        "AffineGrid",
        "Mod",
        // Angles and recurrences: errors add up.
        "Sin",
        "Cos",
        "Tan",
        "Asin",
        "Acos",
        "Atan",
        "Sinh",
        "Cosh",
        "Asinh",
        "Acosh",
        "Atanh",
        "LSTM",
        "GRU",
        "RNN",
        // Not met in classifiers, so not thought through.
        "ScatterElements",
        "ScatterND",
        "Scatter",
        "Det",
        "Shrink",
        "Trilu",
        "CenterCropPad",
        "Col2Im",
        "MaxUnpool",
        "ReverseSequence",
        "Compress",
    };

    // Followers whose results are of ordinary size also where a constant of theirs is past the range.
    private static readonly HashSet<string> Bounded = new(StringComparer.Ordinal)
    {
        "BatchNormalization",
        "Clip",
        "Sigmoid",
        "HardSigmoid",
        "Tanh",
        "Erf",
        "Softsign",
        "Sign",
    };

    /// <summary>
    /// Its outputs have the type of its first input (where <see cref="ValueTypes"/> knows no better).
    /// </summary>
    public static bool KeepsType(NodeProto node) =>
        IsStandard(node) && (IsProduct(node) || Followers.Contains(node.OpType) || Kept.Contains(node.OpType));

    /// <summary>Computes in half whatever the precision of its inputs.</summary>
    public static bool IsProduct(NodeProto node) => IsStandard(node) && Products.Contains(node.OpType);

    /// <summary>Computes in the precision of its inputs.</summary>
    public static bool IsFollower(NodeProto node, long opset, ValueTypes types) =>
        IsStandard(node)
        && Followers.Contains(node.OpType)
        && node.OpType switch
        {
            // Before opset 11 its bounds are float32 attributes, 3.4e38 unless given.
            "Clip" => opset >= 11,
            // In training it computes statistics, which are sums of squares.
            "BatchNormalization" => node.Output.Count == 1,
            // Other integers and doubles may be greater than any half; those that are positions are.
            "Cast" => types.Of(node.Input[0])
                is DataType.Float
                    or DataType.Float16
                    or DataType.Uint8
                    or DataType.Int8
                    or DataType.Bool,
            _ => true,
        };

    /// <summary>A number past the range of half may come out of it again.</summary>
    public static bool PassesOn(NodeProto node) =>
        IsStandard(node) && Followers.Contains(node.OpType) && !Bounded.Contains(node.OpType);

    /// <summary>
    /// ONNX has this input in float32 whatever the precision of the others (scales, or a region in them).
    /// </summary>
    public static bool IsFixed(NodeProto node, int input) => node.OpType is "Resize" or "Upsample" && input > 0;

    /// <summary>With this constant the node must stay in float32.</summary>
    public static bool Forbids(NodeProto node, int input, TensorRange range) =>
        node.OpType switch
        {
            // A bound past the range is the end of the range.
            "Clip" when input > 0 => range.Underflows || float.IsNaN(range.Largest),
            // One that is lost beside the sums that it is added to.
            "Conv" or "ConvTranspose" or "Gemm" when input == 2 => range.Overflows,
            "Add" or "Sub" or "Sum" when range.Count > 1 => range.Overflows,
            // It is divided by the root of its variances; scale, bias and mean matter beside the input.
            "BatchNormalization" when input == 4 => range.Overflows || range.Smallest < TensorRange.SmallestNormalHalf,
            "BatchNormalization" => range.Overflows,
            _ => range.Overflows || range.Underflows,
        };

    public static bool IsStandard(NodeProto node) => node.Domain is "" or "ai.onnx";
}
