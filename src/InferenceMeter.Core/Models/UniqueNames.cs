using InferenceMeter.Models.Onnx;

namespace InferenceMeter.Models;

/// <summary>Names for added values and nodes that no part of the graph uses.</summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public UniqueNames(GraphProto graph) => Take(graph);

    /// <summary>A name that was not in the graph and is not given twice.</summary>
    public string New(string wish)
    {
        var name = "inferencemeter/" + wish;
        for (var i = 2; !_taken.Add(name); i++)
            name = $"inferencemeter/{wish}_{i}";
        return name;
    }

    private void Take(GraphProto graph)
    {
        // A subgraph may name values of the graph around it, so names are unique over all of them.
        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            _taken.Add(value.Name);
        foreach (var tensor in graph.Initializer)
            _taken.Add(tensor.Name);
        foreach (var sparse in graph.SparseInitializer)
            _taken.Add(sparse.Values?.Name ?? "");
        foreach (var node in graph.Node)
        {
            _taken.Add(node.Name);
            _taken.UnionWith(node.Input);
            _taken.UnionWith(node.Output);
            foreach (var attribute in node.Attribute)
            {
                if (attribute.G is not null)
                    Take(attribute.G);
                foreach (var subgraph in attribute.Graphs)
                    Take(subgraph);
            }
        }
    }
}
