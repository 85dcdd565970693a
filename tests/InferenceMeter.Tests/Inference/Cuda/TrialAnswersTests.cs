using InferenceMeter.Inference.Cuda;

namespace InferenceMeter.Tests.Inference.Cuda;

public sealed class TrialAnswersTests
{
    private static readonly TrialAnswers Answers = new([7, 3, 9], [0.080f, 0.079f, 0.020f], 3);

    [Fact]
    public void Rounding_that_moves_probabilities_a_little_or_swaps_near_equal_classes_is_alike() =>
        Assert.True(Answers.IsLike(new TrialAnswers([3, 7, 9], [0.0801f, 0.0792f, 0.0201f], 3)));

    [Fact]
    public void The_last_class_may_give_way_to_one_of_nearly_the_same_probability() =>
        Assert.True(Answers.IsLike(new TrialAnswers([7, 3, 1], [0.080f, 0.079f, 0.0199f], 3)));

    [Fact]
    public void Other_classes_with_the_same_probabilities_are_another_answer() =>
        Assert.False(Answers.IsLike(new TrialAnswers([1, 2, 4], [0.080f, 0.079f, 0.020f], 3)));

    [Fact]
    public void Probabilities_that_differ_by_less_than_two_hundredths_can_be_another_answer() =>
        Assert.False(Answers.IsLike(new TrialAnswers([7, 3, 9], [0.066f, 0.065f, 0.031f], 3)));

    [Fact]
    public void What_is_not_a_number_is_like_nothing()
    {
        var nothing = new TrialAnswers([7, 3, 9], [float.NaN, float.NaN, float.NaN], 3);

        Assert.False(nothing.IsLike(nothing));
    }
}
