using System.Reflection;
using System.Text.RegularExpressions;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Tests.Architecture;

/// <summary>Habits of the code that a compiler does not hold.</summary>
public sealed partial class CodeHabitsTests
{
    private const int MostPositionalMembers = 4;
    private const int MostParameters = 8;

    [Theory]
    [InlineData("InferenceMeter.Core")]
    [InlineData("InferenceMeter")]
    public void No_record_has_more_than_four_positional_members(string project)
    {
        var files = SourceFile.Below(Path.Combine(Repository.Root, "src", project));
        var records = files.SelectMany(file => PositionalRecord().Matches(file.Text)).ToArray();

        Assert.True(records.Length > 10);
        Assert.Empty(
            records
                .Where(record => Members(record.Groups["members"].Value) > MostPositionalMembers)
                .Select(record => record.Groups["name"].Value)
        );
    }

    [Theory]
    [InlineData("internal sealed record Four(int A, Func<int, int> B, (int X, int Y) C, string? D = null);", 4)]
    [InlineData("public readonly record struct Five(int A, int B, int C, int D, int E);", 5)]
    public void The_check_counts_members(string record, int members) =>
        Assert.Equal(members, Members(PositionalRecord().Match(record).Groups["members"].Value));

    /// <summary>Swapping two of many would compile.</summary>
    [Fact]
    public void No_constructor_of_the_core_takes_more_than_eight_parameters() =>
        Assert.Empty(
            typeof(InferencePipeline)
                .Assembly.GetTypes()
                .SelectMany(type =>
                    type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
                )
                .Where(constructor => constructor.GetParameters().Length > MostParameters)
                .Select(constructor => constructor.DeclaringType!.FullName)
        );

    /// <summary>Commas outside of all brackets, and one more.</summary>
    private static int Members(string members)
    {
        var (depth, commas) = (0, 0);
        foreach (var letter in members)
        {
            if (letter is '(' or '<' or '[' or '{')
                depth++;
            if (letter is ')' or '>' or ']' or '}')
                depth--;
            if (letter == ',' && depth == 0)
                commas++;
        }

        return string.IsNullOrWhiteSpace(members) ? 0 : commas + 1;
    }

    // The list ends where its own bracket closes: (?<open>) and (?<-open>) count the brackets inside it.
    [GeneratedRegex(
        @"\brecord\s+(struct\s+|class\s+)?(?<name>\w+)(<[^>]+>)?\s*"
            + @"\((?<members>(?>[^()]|(?<open>\()|(?<-open>\)))*(?(open)(?!)))\)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex PositionalRecord();
}
