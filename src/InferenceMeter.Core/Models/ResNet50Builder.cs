using System.Runtime.InteropServices;
using Google.Protobuf;
using InferenceMeter.Models.Onnx;
using static InferenceMeter.Models.OnnxNodes;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>
/// Builds ResNet-50 v1.5 (He et al. 2015, with the stride on the 3x3 convolution as in Goyal et al. 2017) with
/// BatchNorm folded into the convolutions and synthetic weights: 25,530,472 parameters, 4.09 G multiply-adds an image.
/// Input <c>input</c> float [batch, 3, 224, 224], output <c>logits</c> [batch, 1000]. Synthetic weights cost the same
/// to run as trained ones (dense arithmetic does not look at values, as long as none is denormal) and tell nothing.
/// </summary>
internal sealed class ResNet50Builder
{
    /// <summary>
    /// Of the generator: a change of graph or weights needs a new one, and a new <see cref="Sha256"/>.
    /// </summary>
    public const string Version = "1";

    /// <summary>Of the file that <see cref="Write"/> writes, lower-case hex; a test holds it true.</summary>
    public const string Sha256 = "da876503c983bb001f8b613e8f3653d1dba8a9a509b93cbf51de3b48bd475353";

    // A residual branch adds this share of variance, so that sixteen additions grow activations about six-fold, not
    // 256-fold.
    private const double BranchGain = 0.5;
    private const double BiasSigma = 0.05;

    // Pooled features of this network have a root sum of squares near 340: gives logits a spread of about 2.5.
    private const double LogitSigma = 0.0075;

    private readonly GraphProto _graph = new() { Name = "resnet50" };
    private readonly List<Action> _fills = [];
    private ulong _stream;

    /// <summary>The model, 102 MB of it weights.</summary>
    public static ModelProto Build() => new ResNet50Builder().BuildModel();

    /// <summary>Writes the model as a file; always the same bytes.</summary>
    public static void Write(Stream stream) => Build().WriteTo(stream);

    private ModelProto BuildModel()
    {
        _graph.Input.Add(Value("input", DataType.Float, "batch", 3, 224, 224));
        _graph.Output.Add(Value("logits", DataType.Float, "batch", 1000));

        var x = Convolution("stem", "input", inputs: 3, outputs: 64, kernel: 7, stride: 2, gain: 2, relu: true);
        x = Add(
            "MaxPool",
            "stem/pool",
            [x],
            Ints("kernel_shape", 3, 3),
            Ints("pads", 1, 1, 1, 1),
            Ints("strides", 2, 2)
        );
        var channels = 64;
        (int Blocks, int Width)[] stages = [(3, 64), (4, 128), (6, 256), (3, 512)];
        for (var stage = 0; stage < stages.Length; stage++)
        {
            for (var block = 0; block < stages[stage].Blocks; block++)
            {
                var stride = stage > 0 && block == 0 ? 2 : 1;
                x = Bottleneck($"stage{stage + 1}/block{block + 1}", x, channels, stages[stage].Width, stride);
                channels = stages[stage].Width * 4;
            }
        }

        x = Add("GlobalAveragePool", "head/pool", [x]);
        x = Add("Flatten", "head/flatten", [x], Int("axis", 1));
        var weight = Weights("head/fc/weight", LogitSigma, 1000, channels);
        var bias = Weights("head/fc/bias", BiasSigma, 1000);
        _graph.Node.Add(Node("Gemm", "head/fc", [x, weight, bias], "logits", Int("transB", 1)));

        // Each tensor has its own stream of random numbers, so the order in which they are filled does not matter.
        Parallel.ForEach(_fills, fill => fill());
        return Model();
    }

    private ModelProto Model()
    {
        var model = new ModelProto
        {
            IrVersion = 8,
            ProducerName = "InferenceMeter",
            ProducerVersion = Version,
            Graph = _graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 13 });
        SetMetadata(model, "name", "resnet50");
        SetMetadata(model, "weights", "synthetic");
        SetMetadata(model, "generator", $"InferenceMeter ResNet50Builder {Version}");
        SetMetadata(model, "mean", "[0.485, 0.456, 0.406]");
        SetMetadata(model, "std", "[0.229, 0.224, 0.225]");
        SetMetadata(model, "resize", "256");
        SetMetadata(model, "channel_order", "rgb");
        return model;
    }

    private string Bottleneck(string name, string x, int channels, int width, int stride)
    {
        var outputs = width * 4;
        var y = Convolution($"{name}/conv1", x, channels, width, kernel: 1, stride: 1, gain: 2, relu: true);
        y = Convolution($"{name}/conv2", y, width, width, kernel: 3, stride, gain: 2, relu: true);
        y = Convolution(
            $"{name}/conv3",
            y,
            width,
            outputs,
            kernel: 1,
            stride: 1,
            gain: 2 * BranchGain * BranchGain,
            relu: false
        );
        if (channels != outputs)
            x = Convolution($"{name}/shortcut", x, channels, outputs, kernel: 1, stride, gain: 1, relu: false);
        return Add("Relu", $"{name}/relu", [Add("Add", $"{name}/add", [y, x])]);
    }

    /// <param name="gain">
    /// Variance of the output over the mean square of the input (He et al. 2015: 2 where a ReLU follows).
    /// </param>
    private string Convolution(
        string name,
        string x,
        int inputs,
        int outputs,
        int kernel,
        int stride,
        double gain,
        bool relu
    )
    {
        var weight = Weights(
            $"{name}/weight",
            Math.Sqrt(gain / (inputs * kernel * kernel)),
            outputs,
            inputs,
            kernel,
            kernel
        );
        var bias = Weights($"{name}/bias", BiasSigma, outputs);
        long pad = kernel / 2;
        var y = Add(
            "Conv",
            name,
            [x, weight, bias],
            Ints("kernel_shape", kernel, kernel),
            Ints("pads", pad, pad, pad, pad),
            Ints("strides", stride, stride)
        );
        return relu ? Add("Relu", $"{name}/relu", [y]) : y;
    }

    private string Add(string type, string name, string[] inputs, params AttributeProto[] attributes)
    {
        var output = name + "/out";
        _graph.Node.Add(Node(type, name, inputs, output, attributes));
        return output;
    }

    private string Weights(string name, double sigma, params long[] dims)
    {
        var bytes = new byte[dims.Aggregate(1L, (product, dim) => product * dim) * sizeof(float)];
        var stream = ++_stream;
        _graph.Initializer.Add(RawTensor(name, DataType.Float, bytes, dims));
        _fills.Add(() => SyntheticWeights.Fill(MemoryMarshal.Cast<byte, float>(bytes.AsSpan()), stream, sigma));
        return name;
    }
}
