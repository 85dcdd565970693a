using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace InferenceMeter.Tests.Architecture;

/// <summary>Habits of the code that no compiler or formatter holds; each finds the places that break it.</summary>
internal static partial class Habits
{
    private const int MostPositionalMembers = 4;
    private const int MostParameters = 8;
    private const int MostTupleElements = 2;
    private const int MostLines = 400;

    /// <summary>Swapping two of many values of one type would compile: from five on they are named.</summary>
    public static IEnumerable<string> LongPositionalRecords(SourceFile file) =>
        from record in Nodes<RecordDeclarationSyntax>(file)
        where record.ParameterList?.Parameters.Count > MostPositionalMembers
        select At(file, record, record.Identifier.Text);

    /// <summary>A type that needs more than eight things does more than one.</summary>
    public static IEnumerable<string> LongConstructors(SourceFile file) =>
        from parameters in Nodes<ParameterListSyntax>(file)
        where parameters.Parent is ConstructorDeclarationSyntax or TypeDeclarationSyntax
        where parameters.Parameters.Count > MostParameters
        select At(file, parameters, $"{parameters.Parameters.Count} parameters");

    /// <summary>A choice inside a choice is a <c>switch</c>, an <c>if</c> or a function with a name.</summary>
    public static IEnumerable<string> NestedConditionals(SourceFile file) =>
        from inner in Nodes<ConditionalExpressionSyntax>(file)
        where
            inner
                .Ancestors()
                .TakeWhile(node =>
                    node is not (StatementSyntax or AnonymousFunctionExpressionSyntax or InterpolationSyntax)
                )
                .OfType<ConditionalExpressionSyntax>()
                .Any()
        select At(file, inner, inner.Condition.ToString());

    /// <summary>Fields are set one a line; two that belong together may go together.</summary>
    public static IEnumerable<string> LongTupleAssignments(SourceFile file) =>
        from assignment in Nodes<AssignmentExpressionSyntax>(file)
        where assignment is { Left: TupleExpressionSyntax, Right: TupleExpressionSyntax }
        let left = (TupleExpressionSyntax)assignment.Left
        where left.Arguments.Count > MostTupleElements
        select At(file, assignment, left.ToString());

    /// <summary>One statement a line.</summary>
    public static IEnumerable<string> CrowdedLines(SourceFile file) =>
        from block in Nodes<BlockSyntax>(file)
        from pair in block.Statements.Zip(block.Statements.Skip(1))
        where Line(pair.First.GetLastToken()) == Line(pair.Second.GetFirstToken())
        select At(file, pair.Second, pair.Second.ToString());

    /// <summary>A library does not know the command line; who calls it adds the option.</summary>
    public static IEnumerable<string> CommandLineOptions(SourceFile file) =>
        from token in file.Syntax.DescendantTokens()
        where
            token.Kind()
                is SyntaxKind.StringLiteralToken
                    or SyntaxKind.InterpolatedStringTextToken
                    or SyntaxKind.SingleLineRawStringLiteralToken
                    or SyntaxKind.MultiLineRawStringLiteralToken
        where Option().IsMatch(token.Text)
        select $"{file.Path}:{Line(token)} {token.Text}";

    /// <summary>A file of 300 lines is a question, one of 400 is two files.</summary>
    public static IEnumerable<string> LongFiles(SourceFile file) =>
        file.Lines.Length - 1 > MostLines ? [$"{file.Path} has {file.Lines.Length - 1} lines"] : [];

    private static IEnumerable<T> Nodes<T>(SourceFile file)
        where T : SyntaxNode => file.Syntax.DescendantNodes().OfType<T>();

    private static string At(SourceFile file, SyntaxNode node, string what) =>
        $"{file.Path}:{Line(node.GetFirstToken())} {what.ReplaceLineEndings(" ")}";

    private static int Line(SyntaxToken token) => token.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    [GeneratedRegex("(^|[^-])--[a-z]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Option();
}
